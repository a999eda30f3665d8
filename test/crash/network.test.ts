import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../sandbox/lambda/host.ts'
import { createCertificateAuthority } from '../../sandbox/postgres/certificate.ts'
import { type Impostor, startImpostor } from '../faults/postgres-impostor.ts'
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts'
import { type Fate, type Lane, startLane } from './lane.ts'
import { type Functions, type Rig, startRig } from './rig.ts'
import { type Subject, startSubject } from './subject.ts'

let rig: Rig
let lane: Lane
beforeAll(async () => {
  rig = await startRig()
  lane = await startLane(rig, { timeoutSeconds: 30 })
})
const open: { close(): Promise<void> }[] = []
afterAll(async () => {
  await rig?.close()
  await Promise.all([lane, ...open].map((each) => each.close()))
})

/** Strikes once, at the `count`th change that ends in COMMIT. */
function atCommit(fate: Fate, count = 1) {
  let commits = 0
  return ({ name }: { name: string }): Fate => {
    if (!name.endsWith('COMMIT')) return 'pass'
    commits += 1
    return commits === count ? fate : 'pass'
  }
}

const retiring = (subject: Subject, versionId: string, through?: Functions) =>
  subject.retire(versionId, through).then(
    () => 'retired',
    (error: Error) => error.name,
  )

describe('the reply to COMMIT is lost, and the function lives', () => {
  it('after the server committed: the stamp says so, and the first attempt succeeds', async () => {
    const subject = await startSubject(rig, lane)
    lane.arm(atCommit('cut after'))
    expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
    lane.disarm()
    expect(rig.secretsManager.rotations(subject.secretId)).toHaveLength(1)
    await subject.expectUsable()
  })

  it('before the server heard of it: nothing is written, and the next attempt succeeds', async () => {
    const subject = await startSubject(rig, lane)
    const before = await subject.current()
    lane.arm(atCommit('cut before'))
    expect(await subject.rotate()).toMatchObject({ failedStep: 'setSecret', errorType: 'UNREACHABLE' })
    lane.disarm()
    expect(await subject.current()).toBe(before)
    expect(await subject.slots()).toEqual({})
    await subject.expectUsable()
    expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
    await subject.expectUsable()
  })

  it('of a retirement: the stamp tells the two apart', async () => {
    const subject = await startSubject(rig, lane)
    const first = await subject.current()
    await subject.rotate(rig.functions)
    // The first disables, the second records. Without the connection nothing can be looked at, so it is put back.
    for (const fate of [atCommit('cut before'), atCommit('cut after'), atCommit('cut before', 2)]) {
      lane.arm(fate)
      expect(await retiring(subject, first)).toBe('UNREACHABLE')
      await subject.expectUsable()
      expect((await subject.slots())[subject.username]).toEqual({ version: first, state: 'live' })
    }
    lane.arm(atCommit('cut after', 2))
    await subject.disable(first)
    expect((await subject.slots())[subject.username]).toEqual({ version: first, state: 'disabled' })
    // The end of the quarantine is a change like any other.
    lane.arm(atCommit('cut before'))
    await expect(subject.remove(first)).rejects.toMatchObject({ name: 'UNREACHABLE' })
    expect((await subject.slots())[subject.username]).toEqual({ version: first, state: 'disabled' })
    lane.arm(atCommit('cut after'))
    await subject.remove(first)
    lane.disarm()
    expect((await subject.slots())[subject.username]).toEqual({ version: first, state: 'retired' })
    await subject.expectUsable()
  })
})

describe('the network between the function and the server', () => {
  let proxy: TcpProxy
  beforeAll(async () => {
    proxy = await startTcpProxy({ target: rig.postgres })
    open.push(proxy)
  })

  it.each(['reset', 'blackhole'] as const)(
    'breaks inside the transaction (%s): what was written counts, and no consumer notices',
    async (how) => {
      const subject = await startSubject(rig, { functions: lane.functions, server: proxy })
      const before = await subject.current()
      let describes = 0
      lane.arm(({ name }) => {
        // createSecret, setSecret, and then the one under the lock.
        if (name === 'DescribeSecret') describes += 1
        if (name === 'DescribeSecret' && describes === 3)
          how === 'reset' ? proxy.resetConnections() : proxy.blackholeReplies()
        return 'pass'
      })
      const record = await subject.rotate()
      lane.disarm()
      if (how === 'reset') {
        expect(record).toMatchObject({ failedStep: 'setSecret', errorType: 'UNREACHABLE' })
        expect(await subject.current()).toBe(before)
        await subject.expectUsable()
        expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
      } else expect(record).toMatchObject({ outcome: 'succeeded' })
      await subject.expectUsable()
    },
  )

  it.each(['silent', 'refuse'] as const)(
    '%s: every step, the preflight and a retirement say which server, before the function is killed',
    async (mode) => {
      const functions = rig.register({ timeoutSeconds: 3 })
      const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
      // Each subject is one step further than the one before, after a first attempt that could do nothing.
      lane.arm(() => 'error')
      const refused = await Promise.all(
        steps.map(async (step) => {
          const subject = await startSubject(rig, { functions, server: proxy })
          const { token } = await subject.rotate(lane.functions)
          return { step, subject, token }
        }),
      )
      lane.disarm()
      const prepared = await Promise.all(
        refused.map(async ({ step, subject, token }, count) => {
          for (const done of steps.slice(0, count))
            expect(await subject.deliver(done, token, rig.functions)).toEqual({ ok: true, payload: null })
          return { step, subject, token }
        }),
      )
      const draining = await startSubject(rig, { functions, server: proxy })
      const first = await draining.current()
      await draining.rotate(rig.functions)
      const configured = await startSubject(rig, { functions, server: proxy })

      await proxy.setMode(mode)
      const outcomes = await Promise.all([
        ...prepared.map(({ step, subject, token }) => subject.deliver(step, token)),
        rig.lambda.invoke(functions.retire, {
          action: 'disable',
          secretId: draining.secretId,
          versionId: first,
        }),
        configured.preflight().then(
          ({ errorType, errorMessage }): Outcome => ({
            ok: false,
            errorType: errorType ?? '',
            errorMessage: errorMessage ?? '',
          }),
        ),
      ])
      await proxy.setMode('pass')

      for (const outcome of outcomes)
        expect(outcome).toMatchObject({
          ok: false,
          errorType: 'UNREACHABLE',
          errorMessage: expect.stringContaining(`localhost:${proxy.port}`),
        })
      for (const { subject, token } of prepared) {
        await subject.expectUsable()
        expect(await subject.rotate(rig.functions)).toMatchObject({ outcome: 'succeeded', token })
        await subject.expectUsable()
      }
      expect(await retiring(draining, first)).toBe('retired')
    },
  )
})

describe('a server that is not the one it should be', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'overlap-network-'))
    open.push({ close: () => rm(folder, { recursive: true, force: true }) })
  })

  async function trusting(pem: string): Promise<Functions> {
    const file = path.join(await mkdtemp(path.join(folder, 'ca-')), 'ca.pem')
    await writeFile(file, pem)
    return rig.register({ timeoutSeconds: 5, environment: { OVERLAP_CA_FILE: file } })
  }
  async function impostor(certificate?: { key: string; cert: string }): Promise<Impostor> {
    const one = await startImpostor(certificate)
    open.push(one)
    return one
  }

  it('has a certificate of an unknown authority: it never hears who would log in', async () => {
    const functions = await trusting((await createCertificateAuthority()).ca)
    const subject = await startSubject(rig, { functions })
    const logged = (await rig.postgres.logs()).length
    const record = await subject.rotate()
    expect(record).toMatchObject({ failedStep: 'createSecret', errorType: 'TLS_FAILED' })
    expect(record.errorMessage).toContain(`localhost:${rig.postgres.port}`)
    expect((await rig.postgres.logs()).slice(logged)).not.toContain(subject.username)
    await subject.expectUsable()
  })

  it('has a certificate of a known authority for another name: it hears nothing', async () => {
    const made = await generate([{ name: 'commonName', value: 'other.example' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'other.example' }] }],
    })
    const server = await impostor({ key: made.private, cert: made.cert })
    const subject = await startSubject(rig, { functions: await trusting(made.cert), server })
    const record = await subject.rotate()
    expect(record).toMatchObject({ failedStep: 'createSecret', errorType: 'TLS_FAILED' })
    expect(record.errorMessage).toContain(`localhost:${server.port}`)
    expect(server.told()).toHaveLength(0)
  })

  it('has no TLS: it hears nothing', async () => {
    const server = await impostor()
    const subject = await startSubject(rig, { functions: rig.register({ timeoutSeconds: 5 }), server })
    expect(await subject.rotate()).toMatchObject({ failedStep: 'createSecret', errorType: 'TLS_FAILED' })
    expect(server.told()).toHaveLength(0)
  })

  it('asks for the password itself: it gets the names that it had to, and no password', async () => {
    const server = await impostor(rig.postgres.certificate)
    const subject = await startSubject(rig, { server })
    const { password } = await subject.value(await subject.current())
    expect(await subject.rotate()).toMatchObject({
      failedStep: 'createSecret',
      errorType: 'TARGET_UNSUITABLE',
    })
    const other = await startSubject(rig, { server })
    expect(await other.preflight()).toMatchObject({ errorType: 'ADMIN_LOGIN_REFUSED' })
    const told = server.told().toString('latin1')
    expect(told).toContain(subject.username)
    expect(told).toContain(rig.postgres.admin.username)
    expect(told).not.toContain(password)
    expect(told).not.toContain(rig.postgres.admin.password)
  })
})

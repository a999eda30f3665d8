import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { DescribeSecretCommand, TagResourceCommand } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../infra/bundling.ts'
import { type CloudWatch, startCloudWatch } from '../../sandbox/cloudwatch/server.ts'
import { SHOP } from '../../sandbox/shop.ts'
import { type Rig, startRig } from '../crash/rig.ts'
import { createSecret, type RotatedSecret, rotatedSecret, type Value } from '../crash/rotated-secret.ts'
import { startProgram } from '../sandbox/program.ts'

const JOURNAL = '/overlap/overlap/journal'
let rig: Rig
let cloudWatch: CloudWatch
let folder: string
beforeAll(async () => {
  rig = await startRig()
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-cli-'))
  cloudWatch = await startCloudWatch({ targets: { invoke: async () => {}, publish: () => {} } })
  cloudWatch.addLogGroup(JOURNAL)
  const { rotate, retire } = rig.functions
  for (const part of ['operate', 'view', 'revoke', 'acknowledge']) {
    const source = fileURLToPath(new URL(`../../lambdas/handlers/${part}.ts`, import.meta.url))
    const { file } = await bundleHandler(source, path.join(folder, part))
    rig.lambda.register({
      name: `overlap-${part}`,
      bundle: file,
      handler: 'index.handler',
      environment: {
        AWS_ENDPOINT_URL_SECRETS_MANAGER: rig.secretsManager.url,
        AWS_ENDPOINT_URL_LAMBDA: rig.lambda.url,
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudWatch.url,
        OVERLAP_FUNCTIONS: JSON.stringify([{ rotate, retire }]),
        OVERLAP_DRAIN_FLOOR: '1s',
        OVERLAP_JOURNAL: JOURNAL,
      },
      timeoutSeconds: 60,
      memoryMb: 256,
    })
  }
})
afterAll(async () => {
  await rig?.close()
  await cloudWatch?.close()
  await rm(folder, { recursive: true, force: true })
})

const tsx = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url))

/** The program as a person starts it; credentials are any, since the endpoint checks none. */
async function overlap(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const program = startProgram(tsx, ['cli/overlap.ts', ...args], {
    AWS_ENDPOINT_URL_LAMBDA: rig.lambda.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    ...environment,
  })
  const status = await program.exited
  return { status, out: program.stdout(), err: program.stderr() }
}

let users = 0

/** A secret whose user the server does not have, and whose rotation is yet to be configured. */
async function userless(tags: Readonly<Record<string, string>> = {}) {
  users += 1
  const user = `app_${users}`
  const name = `shop/${user}`
  const password = `of ${user} and nobody else`
  const { host, port, admin } = rig.postgres
  const server = { engine: 'postgres', host, port }
  const masterarn = await createSecret(rig.client, `${name}-admin`, { ...server, ...admin })
  const value = { ...server, dbname: SHOP, username: user, password, masterarn }
  const secretId = await createSecret(rig.client, name, value, tags)
  const secret: RotatedSecret = rotatedSecret(rig, secretId, rig.functions)
  return { name, user, password, secret }
}

/** A user that somebody else than the admin made, and the secret that holds it; its rotation is configured. */
async function adopted() {
  const { password, ...made } = await userless({ 'overlap:owner': 'shop', team: 'orders' })
  await rig.postgres.query(`CREATE ROLE ${made.user} LOGIN PASSWORD '${password}'`)
  await made.secret.preflight()
  return made
}

async function logsIn({ username, password }: Value): Promise<boolean> {
  const { host, port, ca } = rig.postgres
  const client = new pg.Client({ host, port, database: SHOP, user: username, password, ssl: { ca } })
  try {
    await client.connect()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false
    throw error
  } finally {
    await client.end()
  }
}

const described = (secret: RotatedSecret) =>
  rig.client.send(new DescribeSecretCommand({ SecretId: secret.secretId }))
const tagsOf = async (secret: RotatedSecret) =>
  new Map(((await described(secret)).Tags ?? []).map(({ Key, Value }) => [Key, Value]))

describe('overlap, from an adopted user to one that is handed back', () => {
  it('checks, and the GRANT that it prints makes it ready; leaves when it may, and AWSCURRENT works', async () => {
    const { name, user, secret } = await adopted()
    const blocked = await overlap(['check', name])
    const [first, , ...more] = blocked.out.trimEnd().split('\n')
    const grant = more.at(-1) ?? ''
    expect([first, grant]).toEqual([
      `${name}: blocked, ADMIN_LACKS_RIGHT`,
      `GRANT ${user} TO ${rig.postgres.admin.username} WITH ADMIN OPTION`,
    ])
    expect(blocked.status).toBe(1)
    await rig.postgres.query(grant)
    expect(await overlap(['check', secret.secretId])).toMatchObject({
      status: 0,
      out: expect.stringMatching(new RegExp(`^${name}: ready\n  the secret is in observe mode`)),
      err: '',
    })

    await secret.rotate()
    expect(await overlap(['leave', name])).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /failed, LEAVE_TOO_SOON\n.*has the label DRAINING.*\naws secretsmanager tag-resource .*=enforce\n$/,
      ),
    })
    await secret.retire((await secret.labels()).get('DRAINING') ?? '')
    const early = await overlap(['leave', name])
    expect(early).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /LEAVE_TOO_SOON\n.*Rotate once more.*Rotation is turned on again, as it was/,
      ),
    })
    expect(await described(secret)).toMatchObject({ RotationEnabled: true })
    await rig.secretsManager.idle(secret.secretId)

    await secret.rotate()
    await secret.retire((await secret.labels()).get('DRAINING') ?? '')
    for (const dropping of [
      `DROP ROLE ${user}_b`,
      `-- Was ${user}_b made by Overlap, .* DROP ROLE ${user}_b`,
    ]) {
      const left = await overlap(['leave', name])
      expect(left).toMatchObject({ status: 0, err: '' })
      expect(left.out).toMatch(new RegExp(`^${name}: handed back\n`))
      expect(left.out).toMatch(new RegExp(`^${dropping}$`, 'm'))
      expect([...(await tagsOf(secret)).keys()]).toEqual(['team'])
      expect(await described(secret)).toMatchObject({ RotationEnabled: false })
      expect(await logsIn(await secret.value(await secret.current()))).toBe(true)
    }
    await rig.postgres.query(`SET ROLE ${rig.postgres.admin.username}; DROP ROLE ${user}_b`)
    const { password, username } = await secret.value(await secret.current())
    expect([username, await logsIn({ username, password })]).toEqual([user, true])
    const log = rig.lines.join('\n')
    expect(log).toContain('"step":"leave"')
    for (const known of [password, 'and nobody else', rig.postgres.admin.password])
      expect(log).not.toContain(known)
  })

  it('makes the user whom a check misses, once, and of no other secret', async () => {
    const { name, user, password, secret } = await userless({ 'overlap:new-user': 'true' })
    await secret.preflight()
    const missing = await overlap(['check', name])
    const command = `npm run overlap -- provision ${name}`
    expect([missing.status, missing.out]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^${name}: blocked, USER_MISSING\\n.*no role ${user} yet.*Run: ${command}\\n(.*\\n)?${command}\\n$`,
        ),
      ),
    ])
    const made = []
    for (const _ of [1, 2]) made.push((await overlap(['provision', name])).out)
    expect(made).toEqual([`${name}: user made\n`, `${name}: user exists already\n`])
    expect(await logsIn(await secret.value(await secret.current()))).toBe(true)

    const uninvited = await adopted()
    expect(await overlap(['provision', uninvited.name])).toMatchObject({
      status: 1,
      out: expect.stringMatching(/failed, NEW_USER_NOT_ALLOWED\n.*overlap:new-user=true\. Then run it again/),
    })
    expect(rig.lines.join('\n')).not.toContain(password)
  })

  it('holds one secret or all, and releases them', async () => {
    const [one, other] = [await adopted(), await adopted()]
    const held = await overlap(['hold', one.name, '--until', '48h', '--reason', 'year-end close'])
    expect(held).toMatchObject({ status: 0, err: '' })
    const [, instant = ''] = /on hold until (\S+): year-end close\n$/.exec(held.out) ?? []
    expect(Date.parse(instant)).toBeGreaterThan(Date.now() + 47 * 3600_000)
    expect((await tagsOf(one.secret)).get('overlap:hold')).toBe(
      `${instant.replace('Z', '.000Z')} year-end close`,
    )

    expect(rig.lambda.logs('overlap-operate').join('\n')).toMatch(/"words":"year-end close"/)
    expect(rig.lambda.logs('overlap-operate').join('\n')).toMatch(/"by":"[^"]+@[^"]+"/)

    const all = await overlap([
      'hold',
      '--all',
      '--until',
      '2099-01-02T06:00:00+01:00',
      '--reason',
      'move',
      '--json',
    ])
    const { results } = JSON.parse(all.out)
    expect(results).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: one.name, outcome: 'held' }),
        { secret: other.secret.secretId, name: other.name, outcome: 'held' },
      ]),
    )
    expect((await tagsOf(other.secret)).get('overlap:hold')).toBe('2099-01-02T05:00:00.000Z move')
    expect(await overlap(['release', '--all'])).toMatchObject({ status: 0 })
    for (const { secret } of [one, other]) expect((await tagsOf(secret)).has('overlap:hold')).toBe(false)
  })
})

describe('overlap, when a rotation went wrong', () => {
  /** Rotated once: what was AWSCURRENT drains, and the sweep saw that an hour ago. */
  async function rotated(tags: Readonly<Record<string, string>> = {}) {
    const made = await adopted()
    const { secret, user, name } = made
    await rig.postgres.query(`GRANT ${user} TO ${rig.postgres.admin.username} WITH ADMIN OPTION`)
    const old = await secret.current()
    await secret.rotate()
    const since = new Date(Date.now() - 3600_000).toISOString().replace(/\.\d+Z$/, 'Z')
    const all = {
      'overlap:mode': 'enforce',
      'overlap:drain': '1s',
      'overlap:state': `v=1 draining=${old} since=${since}`,
      ...tags,
    }
    await rig.client.send(
      new TagResourceCommand({
        SecretId: secret.secretId,
        Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
      }),
    )
    return { name, secret, user, old, now: await secret.current() }
  }

  it('says who is in the way, ends whom a person accepts, and goes back to what that disabled', async () => {
    const { name, secret, old, now } = await rotated()
    const { username, password } = await secret.value(old)
    const { host, port, ca } = rig.postgres
    const session = new pg.Client({
      host,
      port,
      database: SHOP,
      user: username,
      password,
      ssl: { ca },
      application_name: 'orders cron',
    })
    const ended = new Promise((resolve) => session.on('error', resolve))
    await session.connect()

    const standing = await overlap(['status', name])
    expect(standing).toMatchObject({ status: 0, err: '' })
    expect(standing.out).toMatch(new RegExp(`^${name}: draining since \\S+Z, quiet since .*\n`))
    const inTheWay = await overlap(['retire', name])
    const sighting = /in use by (orders cron@[0-9.:]+): application orders cron/.exec(inTheWay.out)?.[1] ?? ''
    expect([inTheWay.status, sighting]).not.toEqual([1, ''])
    expect(inTheWay.out.trimEnd().split('\n').at(-1)).toBe(
      `npm run overlap -- retire ${name} --despite='${sighting}' --reason REASON`,
    )
    expect(await logsIn(await secret.value(old))).toBe(true)

    const disabled = await overlap(['retire', name, '--despite', sighting, '--reason', 'it is a test'])
    expect(disabled).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringMatching(new RegExp(`^${name}: disabled\n`)),
    })
    await ended
    expect([await logsIn(await secret.value(old)), await logsIn(await secret.value(now))]).toEqual([
      false,
      true,
    ])
    const off = await overlap(['status', name])
    expect(off.out).toMatch(/the credential before is disabled since/)
    expect(off.out).toMatch(
      /disabled at \S+ by [^:]+: it was in use, and a person accepted that by name \(it is a test\)/,
    )

    const back = await overlap(['rollback', name, '--reason', 'orders cannot log in'])
    expect(back).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/: rolled back\n/) })
    expect([await secret.current(), (await secret.labels()).get('DRAINING')]).toEqual([old, now])
    expect(await logsIn(await secret.value(old))).toBe(true)
    expect(await overlap(['rollback', name, '--reason', 'asked twice'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(
        new RegExp(`: rolled back already\\n.*already rolled back from version ${now}`),
      ),
    })
    expect(await secret.current()).toBe(old)
    for (const { password: known } of [await secret.value(old), await secret.value(now)])
      expect(rig.lines.join('\n')).not.toContain(known)
  })

  it('revokes what leaked, after it was confirmed, with what still drains in its way', async () => {
    const { name, secret, old, now } = await rotated()
    const asked = await overlap(['leaked', name, '--reason', 'in a public repository'])
    expect(asked).toMatchObject({ status: 1, err: expect.stringMatching(/^NOT_CONFIRMED: .*--yes\n$/) })
    expect(asked.out).toMatch(
      new RegExp(`^${name}: nothing is done yet\n  Version ${now}, which is AWSCURRENT, would be marked`),
    )
    expect((await tagsOf(secret)).has('overlap:leaked')).toBe(false)

    const done = await overlap(['leaked', name, '--reason', 'in a public repository', '--yes'])
    expect(done).toMatchObject({ status: 0, err: '' })
    await rig.secretsManager.idle(secret.secretId)
    expect((await tagsOf(secret)).get('overlap:leaked')).toBe(now)
    const replacement = await secret.current()
    expect([old, now]).not.toContain(replacement)
    expect((await secret.labels()).get('DRAINING')).toBe(now)
    expect([await logsIn(await secret.value(old)), await logsIn(await secret.value(replacement))]).toEqual([
      false,
      true,
    ])
    expect(await overlap(['rollback', name, '--reason', 'back to what leaked'])).toMatchObject({
      status: 1,
      out: expect.stringMatching(/failed, LEAKED\n/),
    })
  })

  it('repairs what a restored database lost, after that was confirmed', async () => {
    const { name, secret, old, now } = await rotated()
    await secret.retire(old)
    const { username } = await secret.value(now)
    expect(await overlap(['repair', name, '--yes'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/works, nothing to repair/),
    })
    await rig.postgres.query(`ALTER ROLE ${username} PASSWORD 'of an older copy'`)
    expect(await overlap(['repair', name])).toMatchObject({
      status: 1,
      out: expect.stringMatching(/right now the value does not work/),
    })
    expect(await logsIn(await secret.value(now))).toBe(false)
    expect(await overlap(['repair', name, '--yes'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/: repaired\n/),
    })
    expect(await logsIn(await secret.value(now))).toBe(true)
  })

  it('takes the word of a consumer that acknowledges, and of no other', async () => {
    const { name, secret, now } = await rotated({ 'overlap:consumers': 'event:billing' })
    expect((await overlap(['status', name])).out).toMatch(
      /1 of 1 consumers still on the old version: event:billing/,
    )
    expect(await overlap(['acknowledge', name, '--consumer', 'event:other'])).toMatchObject({ status: 1 })
    expect(await overlap(['acknowledge', name, '--consumer', 'event:billing'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/: acknowledged\n/),
    })
    // Between the two stands since when the version before drains.
    expect((await tagsOf(secret)).get('overlap:acknowledged')).toMatch(
      new RegExp(`^${now} \\w+ event:billing$`),
    )
    expect((await overlap(['status', '--json'])).out).toContain('all of its 1 consumers on the new version')
  })
})

describe('overlap, as a process', () => {
  it('ends with 2 and says how, when it is not understood by itself or by the function', async () => {
    const misused = await overlap(['hold', 'x', '--reason', 'r'])
    expect([misused.status, misused.out]).toEqual([2, ''])
    expect(misused.err).toMatch(/--until <moment>' not specified\n\(--help shows how\)/)
    expect(await overlap(['hold', 'x', '--until', '1h', '--reason', 'a;b'])).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringMatching(/^EVENT_INVALID: field reason .*\n$/),
    })
  })

  it('ends with 1 and one line, when it is not answered', async () => {
    expect(await overlap(['check', 'x', '--deployment', 'other'])).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringMatching(/^NO_FUNCTION: there is no function other-operate .*--deployment.*\n$/),
    })
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' }
    expect(await overlap(['check', 'x', '--profile', 'nobody'], none)).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringMatching(/^CREDENTIALS: .* for the profile nobody: .*\n$/),
    })
  })
})

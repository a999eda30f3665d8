import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCertificateAuthority } from '../../sandbox/postgres/certificate.ts'
import { canaries, type Place } from './canary.ts'
import { type Fate, type Lane, startLane } from './lane.ts'
import { type Functions, type Rig, startRig } from './rig.ts'
import { rotatedSecret } from './rotated-secret.ts'
import { type Subject, startSubject } from './subject.ts'

/** With every character that some writer would have to quote. */
const newSecret = () =>
  `${randomBytes(9).toString('base64')}'"\\ %&+/=<>é${randomBytes(9).toString('base64')}`

describe('the scanner', () => {
  const secret = newSecret()
  const bytes = Buffer.from(secret)
  it.each([
    ['raw', `password=${secret};`],
    ['cut off', `...${secret.slice(8)}`],
    ['cut off', `${secret.slice(0, 20)}...`],
    ['JSON in JSON', JSON.stringify({ error: JSON.stringify({ password: secret }) })],
    ['JSON', JSON.stringify({ password: secret })],
    ['SQL', `ALTER ROLE x PASSWORD '${secret.replaceAll("'", "''")}'`],
    ['URL', `postgres://x:${encodeURIComponent(secret)}@localhost`],
    ['URL', new URLSearchParams({ password: secret }).toString()],
    ['hex', bytes.toString('hex')],
    ['hex', bytes.toString('hex').toUpperCase()],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64', Buffer.from(`x:${secret}@`).toString('base64')],
    ['base64', Buffer.from(`{"p":"${secret}"}`).toString('base64')],
    ['base64url', Buffer.from(`x${secret}`).toString('base64url')],
  ])('finds what was planted (%s)', (encoding, text) => {
    expect(canaries([secret])([{ name: 'here', text: `before ${text} after` }])).toContainEqual({
      place: 'here',
      encoding,
    })
  })

  it('finds nothing where there is nothing', () => {
    expect(canaries([secret])([{ name: 'here', text: `${newSecret()} ${bytes.length}` }])).toEqual([])
  })
})

describe('rotations that succeed and that fail in many ways', () => {
  let rig: Rig
  let lane: Lane
  let folder: string
  const places: Place[] = []
  const secrets = new Set<string>()
  beforeAll(async () => {
    rig = await startRig()
    lane = await startLane(rig, { timeoutSeconds: 30 })
    folder = await mkdtemp(path.join(tmpdir(), 'overlap-canaries-'))
  })
  afterAll(async () => {
    await rig?.close()
    await lane?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const subjectOf = (options: Parameters<typeof startSubject>[1] = {}) =>
    startSubject(rig, { password: newSecret(), ...options })

  const storeByHand = (secretId: string, secretString: string) =>
    rig.client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: secretString }))

  async function distrusting(): Promise<Functions> {
    const file = path.join(folder, 'other-ca.pem')
    await writeFile(file, (await createCertificateAuthority()).ca)
    return rig.register({ timeoutSeconds: 30, environment: { OVERLAP_CA_FILE: file } })
  }

  /** What the functions and everything below them were started with, and what they call themselves now. */
  function lookAtProcesses(): void {
    if (!existsSync('/proc/self/cmdline')) return
    for (const pid of readdirSync('/proc').filter(
      (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
    ))
      for (const file of ['cmdline', 'environ'])
        try {
          places.push({ name: `${file} of a process`, text: readFileSync(`/proc/${pid}/${file}`, 'latin1') })
        } catch {
          // Gone by now, or another user's.
        }
  }

  /** How each of them ends; every failure is told in a code of its own. */
  async function everyKind(): Promise<Record<string, string | undefined>> {
    const ends: Record<string, string | undefined> = {}
    const rotating = async (name: string, subject: Pick<Subject, 'rotate'>, through?: Functions) => {
      const record = await subject.rotate(through)
      ends[name] = record.errorType ?? record.outcome
      places.push({ name: `what the service was told: ${name}`, text: JSON.stringify(record) })
    }
    const retiring = async (name: string, subject: Subject) => {
      const versionId = (await subject.labels()).get('DRAINING') ?? ''
      for (const action of ['disable', 'remove']) {
        const request = { action, secretId: subject.secretId, versionId }
        const outcome = await rig.lambda.invoke(lane.functions.retire, request)
        ends[name] = outcome.ok ? 'retired' : outcome.errorType
        places.push({ name: `what the sweep was told: ${name}, ${action}`, text: JSON.stringify(outcome) })
      }
    }

    const good = await subjectOf(lane)
    lane.arm(() => {
      lookAtProcesses()
      return 'pass'
    })
    await rotating('a rotation', good)
    await retiring('a retirement', good)
    lane.disarm()
    await rotating('another rotation', good)
    await retiring('another retirement', good)

    const used = await subjectOf(lane)
    const { password } = await used.value(await used.current())
    await used.rotate()
    const consumer = rig.postgres.query('SELECT pg_sleep(60)', [], { user: used.username, password })
    const ended = expect(consumer).rejects.toMatchObject({ code: '57P01' })
    for (let seen = 0; seen === 0; )
      [{ seen } = { seen: 0 }] = await rig.postgres.query<{ seen: number }>(
        `SELECT count(*)::int AS seen FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'PgSleep'`,
        [used.username],
      )
    await retiring('a retirement of what is used', used)
    await rig.postgres.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
      used.username,
    ])
    await ended

    const broken = newSecret()
    secrets.add(broken)
    for (const [name, secretString] of [
      ['not JSON', `{"username": "app", "password": ${JSON.stringify(broken)}`],
      ['not an object', JSON.stringify([broken])],
      [
        'a field of the wrong type',
        JSON.stringify({ engine: 'postgres', host: 'localhost', username: 'app', password: { broken } }),
      ],
      [
        'a field that is malformed',
        JSON.stringify({ engine: 'postgres', host: `h ${broken}`, username: 'app', password: broken }),
      ],
    ] as const) {
      const { arn } = rig.secretsManager.seed({
        name: `${name.replaceAll(' ', '-')}-${randomBytes(4).toString('hex')}`,
        secretString,
      })
      await rotating(name, rotatedSecret(rig, arn, lane.functions))
    }

    const mistaken = await subjectOf(lane)
    const value = await mistaken.value(await mistaken.current())
    await storeByHand(mistaken.secretId, JSON.stringify({ ...value, password: newSecret() }))
    await rotating('a wrong password', mistaken)

    const ruled = await subjectOf(lane)
    const admin = rotatedSecret(rig, ruled.adminSecret, lane.functions)
    const login = await admin.value(await admin.current())
    await storeByHand(ruled.adminSecret, JSON.stringify({ ...login, password: newSecret() }))
    await rotating("a wrong admin's password", ruled)

    await rotating('no trust in the server', await subjectOf(), await distrusting())
    await rotating(
      'a probe that fails',
      await subjectOf({ ...lane, tags: { 'overlap:probe': 'SELECT 1/0' } }),
    )

    const raced = await subjectOf(lane)
    let describes = 0
    lane.arm(async ({ name }): Promise<Fate> => {
      if (name === 'DescribeSecret') describes += 1
      // The change, its verifier included, fails as a statement, which the server logs whatever its settings.
      if (name === 'DescribeSecret' && describes === 3)
        await rig.postgres.query(`CREATE ROLE ${raced.username}_b`)
      return 'pass'
    })
    await rotating('a change that the server refuses', raced)

    const crashed = await subjectOf(lane)
    lane.arm(({ name }) => (name.endsWith('COMMIT') ? 'killed after' : 'pass'))
    await rotating('a crash', crashed)
    lane.disarm()
    await rotating('the attempt after a crash', crashed)
    await crashed.sweep()
    return ends
  }

  const expectedEnds = {
    'a rotation': 'succeeded',
    'a retirement': 'retired',
    'another rotation': 'succeeded',
    'another retirement': 'retired',
    'a retirement of what is used': 'STILL_USED',
    'not JSON': 'SECRET_INVALID',
    'not an object': 'SECRET_INVALID',
    'a field of the wrong type': 'SECRET_INVALID',
    'a field that is malformed': 'SECRET_INVALID',
    'a wrong password': 'CURRENT_REFUSED',
    "a wrong admin's password": 'ADMIN_LOGIN_REFUSED',
    'no trust in the server': 'TLS_FAILED',
    'a probe that fails': 'PROBE_FAILED',
    'a change that the server refuses': 'DATABASE_FAILED',
    'a crash': 'Runtime.ExitError',
    'the attempt after a crash': 'succeeded',
  }

  it('end as they should, with the server logging changes, as ours do by default', async () => {
    expect(await everyKind()).toEqual(expectedEnds)
  }, 60_000)

  it('end so as well with the server logging every statement', async () => {
    await rig.postgres.query("ALTER SYSTEM SET log_statement = 'all'")
    await rig.postgres.query('SELECT pg_reload_conf()')
    for (let setting = ''; setting !== 'all'; await sleep(20))
      [{ log_statement: setting } = { log_statement: '' }] = await rig.postgres.query<{
        log_statement: string
      }>('SHOW log_statement')
    expect(await everyKind()).toEqual(expectedEnds)
  }, 60_000)

  it('leave no password anywhere: in logs, metrics, errors, events, tags, processes or the log of the server', async () => {
    // A function that has ended has written all that it will.
    await rig.lambda.close()
    const { SecretList } = await rig.client.send(new ListSecretsCommand({ MaxResults: 100 }))
    for (const { ARN } of SecretList ?? []) {
      const described = await rig.client.send(new DescribeSecretCommand({ SecretId: ARN }))
      places.push({ name: 'the description of a secret', text: JSON.stringify(described) })
      const { Versions } = await rig.client.send(
        new ListSecretVersionIdsCommand({ SecretId: ARN, IncludeDeprecated: true, MaxResults: 100 }),
      )
      for (const { VersionId } of Versions ?? []) {
        const { SecretString = '' } = await rig.client
          .send(new GetSecretValueCommand({ SecretId: ARN, VersionId }))
          .catch((error: Error) => {
            // A rotation that was refused leaves a version without a value.
            if (error.name === 'ResourceNotFoundException') return { SecretString: '' }
            throw error
          })
        const password = /"password":("(?:[^"\\]|\\.)*")/.exec(SecretString)?.[1]
        if (password !== undefined) secrets.add(JSON.parse(password))
      }
    }
    for (const { password } of [rig.postgres.admin, rig.postgres.superuser]) secrets.add(password)
    const serverLog = await rig.postgres.logs()
    places.push({ name: 'the log of the server', text: serverLog })
    places.push({ name: 'the events of Secrets Manager', text: JSON.stringify(rig.events) })
    for (const line of rig.lines) places.push({ name: 'the log of a function', text: line })

    // What was looked at is what it should be.
    const written = rig.lines.join('\n')
    for (const code of [
      'CURRENT_REFUSED',
      'PROBE_FAILED',
      'TLS_FAILED',
      'STILL_USED',
      'CloudWatchMetrics',
      'Invoke Error',
    ])
      expect(written).toContain(code)
    expect(serverLog).toMatch(/ERROR: .*role "app_\w+_b" already exists[\s\S]*STATEMENT: .*CREATE ROLE/)
    expect(serverLog).toMatch(/statement: SELECT pg_is_in_recovery/)
    expect(rig.events.length).toBeGreaterThan(20)
    expect(secrets.size).toBeGreaterThan(30)

    const scan = canaries(secrets)
    const findings = scan(places).map(({ place, encoding }) => `${place}: ${encoding}`)
    expect([...new Set(findings)]).toEqual([])
    const [planted = ''] = secrets
    expect(scan([...places, { name: 'here', text: `x${planted}x` }])).toContainEqual({
      place: 'here',
      encoding: 'raw',
    })
  })
})

import { randomBytes, randomUUID } from 'node:crypto'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canaries } from './canary.ts'
import { type Rig, startRig } from './rig.ts'
import { rotatedSecret } from './rotated-secret.ts'
import { quoted, type Subject, type SubjectOptions, startSubject } from './subject.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig?.close())

/** What the server knows of the user and of whoever is named after it. */
const rolesOf = ({ username }: Subject) =>
  rig.query(
    `SELECT r.*, shobj_description(r.oid, 'pg_authid') AS comment, ARRAY(SELECT roleid FROM pg_auth_members WHERE member = r.oid ORDER BY 1) AS of
     FROM pg_authid r WHERE starts_with(rolname, $1) ORDER BY rolname`,
    [username],
  )

/** One refusal in words: its code, what it names and what it does not tell; and nothing anywhere has changed. */
async function expectRefused(
  subject: Subject,
  expected: { readonly code: string; readonly says: RegExp; readonly step?: string },
): Promise<string> {
  const before = await rolesOf(subject)
  const attempts = rig.secretsManager.rotations(subject.secretId).length
  const current = await subject.current()
  const record = await subject.rotate()
  expect(rig.secretsManager.rotations(subject.secretId)).toHaveLength(attempts + 1)
  const { step = 'createSecret' } = expected
  expect(record).toMatchObject({ errorType: expected.code, failedStep: step, outcome: 'abandoned' })
  const message = record.errorMessage ?? ''
  expect(message).toMatch(expected.says)
  const secrets = [subject.initial.password, rig.postgres.admin.password]
  expect(canaries(secrets)([{ name: 'the error', text: message }])).toEqual([])
  expect(await rolesOf(subject)).toEqual(before)
  expect(await subject.current()).toBe(current)
  if (step === 'createSecret')
    await expect(subject.value(record.token)).rejects.toThrow("can't find the specified secret value")
  await subject.use(subject.initial)
  return message
}

/** Two rotations, so that each of the two users was current and the first one was retired in between. */
async function expectTwoRotations(subject: Subject): Promise<void> {
  const first = await subject.current()
  expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
  await subject.expectUsable(first)
  await subject.retire(first)
  expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
  await subject.expectUsable()
  expect((await subject.value(await subject.current())).username).toBe(subject.username)
}

const put = (secretId: string, SecretString: string, pending?: string) =>
  rig.client.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      SecretString,
      ...(pending === undefined ? {} : { ClientRequestToken: pending, VersionStages: ['AWSPENDING'] }),
    }),
  )

describe('an invocation that is no rotation event', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-AbCdEf'
  const event = { Step: 'createSecret', SecretId: arn, ClientRequestToken: randomUUID() }
  it.each([
    ['nothing', null, /JSON object/],
    ['a list', [event], /JSON object/],
    ['a text', 'createSecret', /JSON object/],
    ['an empty object', {}, /field Step/],
    ['an unknown step', { ...event, Step: 'deleteSecret' }, /field Step/],
    ['a step of the wrong type', { ...event, Step: 1 }, /field Step/],
    ['a name where AWS sends an ARN', { ...event, SecretId: 'shop/app' }, /field SecretId/],
    ['the ARN of something else', { ...event, SecretId: 'arn:aws:s3:::bucket' }, /field SecretId/],
    ['no secret', { ...event, SecretId: undefined }, /field SecretId/],
    ['a token that is too short', { ...event, ClientRequestToken: 'x' }, /field ClientRequestToken/],
    [
      'a token that is too long',
      { ...event, ClientRequestToken: 'x'.repeat(65) },
      /field ClientRequestToken/,
    ],
    ['a RotationToken of the wrong type', { ...event, RotationToken: {} }, /field RotationToken/],
  ])('%s', async (_, payload, says) => {
    rig.secretsManager.resetCalls()
    const outcome = await rig.lambda.invoke(rig.functions.rotate, payload)
    expect(outcome).toMatchObject({
      ok: false,
      errorType: 'EVENT_INVALID',
      errorMessage: expect.stringMatching(says),
    })
    expect(rig.secretsManager.calls()).toEqual({})
  })

  it.each([
    ['nothing', null, /field action/],
    ['an unknown action', { action: 'drop', secretId: arn, versionId: 'v' }, /field action/],
    ['a name', { action: 'disable', secretId: 'shop/app', versionId: 'v' }, /field secretId/],
    ['no version', { action: 'disable', secretId: arn }, /field versionId/],
  ])('or no request to retire: %s', async (_, payload, says) => {
    rig.secretsManager.resetCalls()
    const outcome = await rig.lambda.invoke(rig.functions.retire, payload)
    expect(outcome).toMatchObject({
      ok: false,
      errorType: 'EVENT_INVALID',
      errorMessage: expect.stringMatching(says),
    })
    expect(rig.secretsManager.calls()).toEqual({})
  })

  it('a token that the secret does not know', async () => {
    const subject = await startSubject(rig)
    await subject.preflight()
    const outcome = await subject.deliver('createSecret', randomUUID())
    expect(outcome).toMatchObject({ ok: false, errorType: 'NOT_PENDING' })
    await subject.use(subject.initial)
  })
})

describe('a secret whose value', () => {
  type Fields = Record<string, unknown>
  const without = (field: string) => (fields: Fields) => JSON.stringify({ ...fields, [field]: undefined })
  const having = (change: Fields) => (fields: Fields) => JSON.stringify({ ...fields, ...change })

  it.each<[string, (fields: Fields) => string, string, RegExp]>([
    ['is not JSON', (fields) => JSON.stringify(fields).slice(0, -1), 'SECRET_INVALID', /JSON object/],
    ['is empty', () => ' ', 'SECRET_INVALID', /JSON object/],
    ['is a list', (fields) => JSON.stringify([fields]), 'SECRET_INVALID', /JSON object/],
    ['is null', () => 'null', 'SECRET_INVALID', /JSON object/],
    ['is a text', ({ password }) => JSON.stringify(password), 'SECRET_INVALID', /JSON object/],
    ['has no engine', without('engine'), 'SECRET_INVALID', /field engine .* missing/],
    ['has another engine', having({ engine: 'mysql' }), 'SECRET_INVALID', /field engine/],
    ['has no host', without('host'), 'SECRET_INVALID', /field host .* missing/],
    ['has a host that is a number', having({ host: 5 }), 'SECRET_INVALID', /field host .* string/],
    ['has a host that is a socket', having({ host: '/tmp' }), 'SECRET_INVALID', /field host/],
    ['has a host with a port', having({ host: 'localhost:1/x' }), 'SECRET_INVALID', /field host/],
    ['has a port of 0', having({ port: 0 }), 'SECRET_INVALID', /field port .* 1 to 65535/],
    ['has a port of 65536', having({ port: 65_536 }), 'SECRET_INVALID', /field port .* 1 to 65535/],
    ['has half a port', having({ port: 5432.5 }), 'SECRET_INVALID', /field port .* 1 to 65535/],
    ['has a port in words', having({ port: 'usual' }), 'SECRET_INVALID', /field port .* 1 to 65535/],
    ['has a port that is null', having({ port: null }), 'SECRET_INVALID', /field port .* 1 to 65535/],
    ['has an empty dbname', having({ dbname: '' }), 'SECRET_INVALID', /field dbname .* empty/],
    ['has a dbname that is a list', having({ dbname: ['shop'] }), 'SECRET_INVALID', /field dbname .* string/],
    ['has a dbname of nothing', having({ dbname: 'nowhere' }), 'SECRET_INVALID', /[Ff]ield dbname/],
    ['has no username', without('username'), 'SECRET_INVALID', /field username .* missing/],
    [
      'has a username of 64 bytes',
      having({ username: 'ü'.repeat(32) }),
      'SECRET_INVALID',
      /field username .* 63 bytes/,
    ],
    ['has a NUL in the username', having({ username: 'a\0b' }), 'SECRET_INVALID', /field username .* NUL/],
    ['has no password', without('password'), 'SECRET_INVALID', /field password .* missing/],
    [
      'has a password that is an object',
      ({ password, ...fields }) => JSON.stringify({ ...fields, password: { password } }),
      'SECRET_INVALID',
      /field password .* string/,
    ],
    [
      'has a password that is wrong',
      having({ password: 'not the password' }),
      'CURRENT_REFUSED',
      /AWSCURRENT/,
    ],
    ['has no masterarn', without('masterarn'), 'ADMIN_SECRET_INVALID', /field masterarn .* missing/],
    [
      'has a masterarn that is a name',
      having({ masterarn: 'admin' }),
      'SECRET_INVALID',
      /field masterarn .* ARN/,
    ],
    [
      'has a masterarn of no secret',
      having({ masterarn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf' }),
      'ADMIN_SECRET_INVALID',
      /masterarn/,
    ],
    [
      'leads to an RDS Proxy',
      having({ host: 'shop.proxy-abc123.us-east-1.rds.amazonaws.com' }),
      'PROXY_UNSUPPORTED',
      /RDS Proxy shop\.proxy-abc123/,
    ],
    [
      'leads to another server',
      having({ host: 'elsewhere.example' }),
      'TARGET_NOT_ALLOWED',
      /elsewhere\.example.*host and port/,
    ],
    ['leads to another port', having({ port: 1 }), 'TARGET_NOT_ALLOWED', /localhost:1\b.*host and port/],
    [
      'is that of a managed master',
      ({ username, password }) => JSON.stringify({ username, password }),
      'MANAGED_SECRET',
      /RDS manages/,
    ],
    [
      'names the admin itself',
      (fields) => JSON.stringify({ ...fields, ...rig.postgres.admin }),
      'TARGET_UNSUITABLE',
      /admin itself/,
    ],
    [
      'names a superuser',
      (fields) => JSON.stringify({ ...fields, ...rig.postgres.superuser }),
      'TARGET_UNSUITABLE',
      /superuser/,
    ],
  ])('%s is refused', async (_, change, code, says) => {
    const subject = await startSubject(rig)
    const fields: Fields = { ...(await subject.value(await subject.current())) }
    await put(subject.secretId, change(fields))
    await expectRefused(subject, { code, says })
  })

  it('is binary is refused', async () => {
    const subject = await startSubject(rig)
    await rig.client.send(
      new PutSecretValueCommand({ SecretId: subject.secretId, SecretBinary: randomBytes(32) }),
    )
    await expectRefused(subject, { code: 'SECRET_INVALID', says: /SecretBinary/ })
  })

  it.each([
    ['overlap:strategy', 'sometimes', 'POLICY_INVALID'],
    ['overlap:strategy', 'single-user', 'FAILED_LOGINS_NOT_ACCEPTED'],
    ['overlap:accept-failed-logins', 'perhaps', 'POLICY_INVALID'],
    ['overlap:allow-scram', 'perhaps', 'POLICY_INVALID'],
    ['overlap:partner', 'x'.repeat(64), 'POLICY_INVALID'],
  ])('is fine and whose tag %s is %s is refused', async (tag, text, code) => {
    const single = { 'overlap:strategy': 'single-user' }
    const tags = { ...(tag === 'overlap:accept-failed-logins' ? single : {}), [tag]: text }
    await expectRefused(await startSubject(rig, { tags }), { code, says: new RegExp(tag) })
  })

  it('belongs to another service is refused', async () => {
    const subject = await startSubject(rig)
    const fields = await subject.value(await subject.current())
    const { arn } = rig.secretsManager.seed({
      name: `rds!db-${randomUUID()}`,
      secretString: JSON.stringify(fields),
      owningService: 'rds',
    })
    await expectRefused(
      { ...subject, ...rotatedSecret(rig, arn, rig.functions) },
      { code: 'MANAGED_SECRET', says: /rds/ },
    )
  })
})

describe('a pending value that leads', () => {
  /** Stored by somebody who was quicker than createSecret. Returns its version id. */
  async function pending(subject: Subject, change: object): Promise<string> {
    const deserted = rig.desert(subject.secretId, 'createSecret')
    const { token } = await subject.rotate()
    await deserted
    const current = await subject.value(await subject.current())
    const next = { ...current, username: `${current.username}_b`, password: randomBytes(24).toString('hex') }
    await put(subject.secretId, JSON.stringify({ ...next, ...change }), token)
    return token
  }

  const admin = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf'
  it.each<[string, (subject: Subject) => object]>([
    ['to another database', () => ({ dbname: 'postgres' })],
    ['to another host', () => ({ host: '127.0.0.1' })],
    ['to another user', () => ({ username: 'somebody_else' })],
    ['to the user that is current', ({ username }) => ({ username })],
    ['to another admin', () => ({ masterarn: admin })],
  ])('%s is refused', async (_, change) => {
    const subject = await startSubject(rig)
    await pending(subject, change(subject))
    await expectRefused(subject, { code: 'TARGET_CHANGED', says: /pending value/, step: 'setSecret' })
  })

  it('where the current one leads is taken', async () => {
    const subject = await startSubject(rig)
    const token = await pending(subject, {})
    expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded', token })
    await subject.expectUsable()
  })
})

describe('what looks bad and is legal', () => {
  const longest = `${randomBytes(20).toString('hex')}${'ü'.repeat(11)}x`
  it.each([
    ['quotes, spaces and a backslash', `It's "one" user\\ ;--`],
    ['unicode and upper case', 'Ünïcode Ωπ 用户 🔑'],
    ['a keyword', 'select'],
    ['63 bytes', longest],
    ['the looks of a partner', 'somebody_b'],
  ])('a user whose name has %s', async (_, username) => {
    await expectTwoRotations(await startSubject(rig, { username }))
  })

  it('a database whose name has quotes, spaces and unicode', async () => {
    const dbname = `The "big" Dätabase's`
    await rig.postgres.query(`CREATE DATABASE ${quoted(dbname)}`)
    await expectTwoRotations(await startSubject(rig, { value: { dbname } }))
  })

  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
  it.each([
    ['every printable character', printable],
    ['spaces at its ends', ' a password with spaces around '],
    ['unicode', 'pässwörd ½ 用户 🔑 ﬁ'],
  ])('a password with %s', async (_, password) => {
    await expectTwoRotations(await startSubject(rig, { password }))
  })

  it.each<[string, SubjectOptions['value']]>([
    ['a port in a text', { port: undefined }],
    ['fields of somebody else', { dbClusterIdentifier: 'shop', note: { by: 'hand' } }],
    ['a host in upper case', { host: 'LOCALHOST' }],
  ])('a value with %s', async (what, value) => {
    const port = what === 'a port in a text' ? { port: `${rig.postgres.port}` } : {}
    const subject = await startSubject(rig, { value: { ...value, ...port } })
    const before = await subject.value(await subject.current())
    await expectTwoRotations(subject)
    const { password: _old, ...kept } = before
    expect(await subject.value(await subject.current())).toMatchObject(kept)
  })
})

describe('an admin that lacks a right', () => {
  /** What the error says is to be run. */
  const statements = (message: string) => /Run as a user that has it: (.+)$/.exec(message)?.[1] ?? ''

  /** What it says, and nothing else, makes the rotation work. */
  async function expectCured(subject: Subject, says: RegExp): Promise<void> {
    const message = await expectRefused(subject, { code: 'ADMIN_LACKS_RIGHT', says })
    await rig.postgres.query(statements(message))
    await expectTwoRotations(subject)
  }

  /** A user that somebody else made: the admin has no right on it. */
  async function foreign(): Promise<Subject> {
    const subject = await startSubject(rig)
    await rig.postgres.query(
      `REVOKE ${subject.username} FROM ${rig.postgres.admin.username} GRANTED BY postgres CASCADE`,
    )
    return subject
  }

  it('on the user', async () => {
    await expectCured(await foreign(), /GRANT app_\w+ TO admin WITH ADMIN OPTION/)
  })

  it('on the user, whose name has to be quoted', async () => {
    const username = `My "app" ${randomBytes(3).toString('hex')}`
    const subject = await startSubject(rig, { username })
    await rig.postgres.query(`REVOKE ${quoted(username)} FROM admin GRANTED BY postgres CASCADE`)
    await expectCured(subject, /GRANT "My ""app"" \w+" TO admin WITH ADMIN OPTION/)
  })

  it('to create roles', async () => {
    const name = `clerk_${randomBytes(3).toString('hex')}`
    const subject = await startSubject(rig)
    await rig.postgres.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
    const { host, port } = rig.postgres
    await put(subject.adminSecret, JSON.stringify({ host, port, username: name, password: name }))
    await expectCured(
      subject,
      new RegExp(`ALTER ROLE ${name} CREATEROLE; GRANT app_\\w+ TO ${name} WITH ADMIN OPTION`),
    )
  })

  it('to copy a setting', async () => {
    const subject = await startSubject(rig)
    await rig.postgres.query(`ALTER ROLE ${subject.username} SET log_min_duration_statement = '1min'`)
    await expectCured(subject, /GRANT SET ON PARAMETER log_min_duration_statement TO admin/)
  })

  it('to copy an attribute', async () => {
    const subject = await startSubject(rig)
    await rig.postgres.query(`ALTER ROLE ${subject.username} BYPASSRLS`)
    await expectCured(subject, /ALTER ROLE admin BYPASSRLS/)
  })

  it('to set passwords, under rds.restrict_password_commands', async () => {
    const restrict = (value: string) =>
      rig.postgres.query(`ALTER DATABASE shop SET rds.restrict_password_commands = '${value}'`)
    const subject = await startSubject(rig)
    await rig.postgres.query('CREATE ROLE rds_password')
    await restrict('on')
    try {
      await expectCured(subject, /GRANT rds_password TO admin/)
    } finally {
      await restrict('off')
      await rig.postgres.query('DROP ROLE rds_password')
    }
  })
})

it('a member of rds_iam is refused, until it is none', async () => {
  const subject = await startSubject(rig)
  await rig.postgres.query(`CREATE ROLE rds_iam; GRANT rds_iam TO ${subject.username}`)
  const message = await expectRefused(subject, { code: 'TARGET_UNSUITABLE', says: /member of rds_iam/ })
  await rig.postgres.query(/REVOKE rds_iam FROM \w+/.exec(message)?.[0] ?? '')
  await expectTwoRotations(subject)
})

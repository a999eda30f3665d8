import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../infra/bundling.ts'
import { SHOP } from '../../sandbox/shop.ts'
import { type Rig, startRig } from '../crash/rig.ts'
import { createSecret, rotatedSecret } from '../crash/rotated-secret.ts'

let rig: Rig
let folder: string
let adopt: string
beforeAll(async () => {
  rig = await startRig()
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-adopt-'))
  const source = fileURLToPath(new URL('../../lambdas/handlers/adopt.ts', import.meta.url))
  const { rotate, retire } = rig.functions
  adopt = rig.lambda.register({
    name: 'overlap-adopt',
    bundle: (await bundleHandler(source, folder)).file,
    handler: 'index.handler',
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: rig.secretsManager.url,
      AWS_ENDPOINT_URL_LAMBDA: rig.lambda.url,
      OVERLAP_FUNCTIONS: JSON.stringify([{ rotate, retire }]),
    },
    timeoutSeconds: 60,
    memoryMb: 256,
  })
})
afterAll(async () => {
  await rig?.close()
  await rm(folder, { recursive: true, force: true })
})

const deploy = (type: 'Tags' | 'Check', properties: object, more: object = { RequestType: 'Create' }) =>
  rig.lambda.invoke(adopt, {
    ResourceType: `Custom::Overlap${type}`,
    ResourceProperties: { ServiceToken: adopt, ...properties },
    ...more,
  })

const result = (Result: unknown) =>
  expect.objectContaining({ ok: true, payload: expect.objectContaining({ Data: { Result } }) })

/** A secret whose user the server does not have. */
async function newcomer(user: string) {
  const { host, port, admin } = rig.postgres
  const server = { engine: 'postgres', host, port }
  const masterarn = await createSecret(rig.client, `shop/${user}-admin`, { ...server, ...admin })
  const password = `only ${user} knows this`
  const value = { ...server, dbname: SHOP, username: user, password, masterarn }
  const secretId = await createSecret(rig.client, `shop/${user}`, value)
  const secret = rotatedSecret(rig, secretId, rig.functions)
  const check = { SecretId: secretId, Function: rig.functions.rotate, NewUser: 'true', Policy: 'x' }
  const logsIn = async () => {
    const client = new pg.Client({
      ...{ host, port, database: SHOP, user, password },
      ssl: { ca: rig.postgres.ca },
    })
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      await client.end()
    }
  }
  return { secretId, secret, check, password, logsIn }
}

describe('a deployment', () => {
  it('tags a new secret, turns its rotation on, makes its user, and shows that it is ready; again and again', async () => {
    const { secretId, secret, check, password, logsIn } = await newcomer('newcomer')
    const tags = { SecretId: secretId, Tags: { 'overlap:new-user': 'true', 'overlap:owner': 'shop' } }
    expect(await deploy('Tags', tags)).toMatchObject({ ok: true })
    // What turning rotation on does by itself comes before the user can be made, and is no failure.
    expect(await secret.preflight()).toMatchObject({ outcome: 'succeeded' })
    expect([await logsIn(), (await secret.labels()).has('AWSPENDING')]).toEqual([false, false])
    for (const _ of [1, 2]) expect(await deploy('Check', check)).toEqual(result('ready'))
    expect(await logsIn()).toBe(true)
    expect(await secret.rotate()).toMatchObject({ outcome: 'succeeded' })
    // An update in the middle of the drain finds a user that is there.
    const update = { RequestType: 'Update', PhysicalResourceId: 'x' }
    expect(await deploy('Check', { ...check, Policy: 'y' }, update)).toEqual(
      result(expect.stringMatching(/^DRAIN_IN_PROGRESS: /)),
    )
    const log = rig.lines.join('\n')
    expect(log).toMatch(/"outcome":"provisioned"/)
    expect(log).not.toMatch(/"outcome":"failed"/)
    for (const known of [password, rig.postgres.admin.password]) expect(log).not.toContain(known)
  })

  it('shows that the user is there and the secret does not open it, and takes nothing from anybody', async () => {
    const { secretId, check } = await newcomer('taken')
    await rig.postgres.query(`CREATE ROLE taken LOGIN PASSWORD 'of somebody else'`)
    await deploy('Tags', { SecretId: secretId, Tags: { 'overlap:new-user': 'true' } })
    const before = await rig.postgres.query(`SELECT rolpassword FROM pg_authid WHERE rolname = 'taken'`)
    expect(await deploy('Check', check)).toEqual(
      result(expect.stringMatching(/^USER_EXISTS: .*Then run: npm run overlap -- provision shop\/taken$/)),
    )
    expect(await rig.postgres.query(`SELECT rolpassword FROM pg_authid WHERE rolname = 'taken'`)).toEqual(
      before,
    )
  })
})

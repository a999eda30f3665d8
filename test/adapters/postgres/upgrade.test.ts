import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  type Version,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'

/**
 * What release 0.1.0 left at a server, recorded word by word: whoever upgrades in the middle of a rotation or a drain has this there. Nothing here may be
 * written by today's code, and nothing here ever changes.
 */
const PARTNERS_ID = '7d1b7a52-5c0b-4d8e-9a1f-0d0a0c0b0e0f'
const PASSWORD = 'of the release before'
const VERIFIER =
  'SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$FKPwQBciQ4BSTzO7ksua9YYiMgB8LukQQlVJSkk0GCE=:fuhZKFXKQdCSeCD6hhvXO5o8YNHhFnCRs9+C+2Di6Rs='

type State = 'live' | 'disabling' | 'retired'

function stampOf(app: Application, ownerOid: number, owners: State, partners: State): string {
  return (
    `overlap/1 {"ownerOid":${ownerOid},"owner":"${app.user}","secret":"${app.secretId}","slots":` +
    `{"${app.user}":{"version":"${app.versionId}","state":"${owners}"},"${app.user}_b":{"version":"${PARTNERS_ID}","state":"${partners}"}}}`
  )
}

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

/** A pair as the release before made it, the owner's version first, with these states on record. */
async function inherited(owners: State, partners: State = 'live') {
  const app = await application(server)
  const [user, partner] = [quoted(app.user), quoted(`${app.user}_b`)]
  const grant =
    server.version >= 16
      ? `GRANT ${user} TO ${partner} WITH INHERIT TRUE, SET TRUE`
      : `GRANT ${user} TO ${partner}`
  const [row] = await server.query<{ oid: number }>('SELECT oid FROM pg_roles WHERE rolname = $1', [app.user])
  await server.query(
    `SET ROLE admin; CREATE ROLE ${partner} NOLOGIN; ${grant}; ALTER ROLE ${partner} SET "role" TO '${app.user}';
     COMMENT ON ROLE ${partner} IS '${stampOf(app, row?.oid ?? 0, owners, partners)}';
     ALTER ROLE ${partner} LOGIN PASSWORD ${partners === 'live' ? `'${VERIFIER}'` : 'NULL'}
     ${owners === 'live' ? '' : `; ALTER ROLE ${user} PASSWORD NULL`}`,
  )
  const credential = { ...app.current, username: `${app.user}_b`, password: PASSWORD }
  return { app, first: firstVersion(app), second: { id: PARTNERS_ID, credential } satisfies Version }
}

describe('an upgrade', () => {
  it('in the middle of a rotation: what was set is set again, tested, and drains', async () => {
    const { app, first, second } = await inherited('live')
    const adapter = () => postgresAdapter(app.options())
    await adapter().test(second.credential, first.credential)
    await adapter().set(second.credential, first.credential, fence(second.id, first.id))
    await adapter().test(second.credential, first.credential)
    await retire(app, first, second)
    expect([await works(app, second.credential), await works(app, first.credential)]).toEqual([true, false])
  })

  it('in the middle of a drain: the slot is held, then retired, then taken', async () => {
    const { app, first, second } = await inherited('live')
    await expect(postgresAdapter(app.options()).preflight(second.credential)).rejects.toMatchObject({
      code: 'DRAIN_IN_PROGRESS',
      detail: { holder: first.id },
    })
    await retire(app, first, second)
    const third = await rotate(app, second)
    expect([await works(app, third.credential), await works(app, second.credential)]).toEqual([true, true])
  })

  it('after a retirement that was cut off: the credential is put back', async () => {
    const { app, first, second } = await inherited('disabling')
    const context = { current: second.credential, fence: fence(first.id, second.id) }
    expect(await postgresRetirer(app.options()).enable(first.credential, context)).toBe(true)
    expect(await works(app, first.credential)).toBe(true)
  })

  it('between two rotations: the free slot is taken', async () => {
    const { app, second } = await inherited('retired')
    const third = await rotate(app, second)
    expect(await works(app, third.credential)).toBe(true)
  })

  it('before the user is handed back: the partner of the release before goes, and AWSCURRENT works', async () => {
    const { app, first, second } = await inherited('live', 'retired')
    const left = postgresRetirer(app.options()).leave(first.credential, { fence: fence(first.id, first.id) })
    expect(await left).toBe(`DROP ROLE ${app.user}_b`)
    expect([await works(app, first.credential), second.id]).toEqual([true, PARTNERS_ID])
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partnerWish } from '../../../lambdas/adapters/postgres/adoption.ts'
import { parseCredential, serializeCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  firstVersion,
  quoted,
  retire,
  rotate,
  type Version,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

const partnerOf = (app: Application) => quoted(`${app.user}_b`)

/** The partner is current, and its owner is retired or drains. */
async function partnerIsCurrent(
  drained: boolean,
): Promise<{ app: Application; first: Version; second: Version }> {
  const app = await application(server)
  const first = firstVersion(app)
  const second = await rotate(app, first)
  if (drained) await retire(app, first, second)
  return { app, first, second }
}

/** Both users have had their turn: the owner is current, its partner retired. */
async function ownerIsCurrent(): Promise<{ app: Application; current: Version }> {
  const { app, second } = await partnerIsCurrent(true)
  const current = await rotate(app, second)
  await retire(app, second, current)
  return { app, current }
}

async function refused(app: Application, { credential }: Version, change?: Partial<PostgresOptions>) {
  const adapter = postgresAdapter(app.options(change))
  const error = await adapter.create(credential, { versionId: randomUUID() }).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'STAMP_INVALID' })
  await expect(adapter.preflight(credential)).rejects.toEqual(error)
  return error.message as string
}

/** The statements after `Run`, as they stand. */
function statementsIn(message: string): string {
  const found =
    /Run (COMMENT ON ROLE .+?IS E?'overlap.+?\}\}\}'(?:; ALTER ROLE .+? SET role TO '[^']+')?)/.exec(message)
  return found?.[1] ?? 'no statement'
}

/** Runs them as the admin of RDS would, with what the message says filled in, and sees that AWSCURRENT works all the while. */
async function obey(app: Application, current: Version, statements: string): Promise<void> {
  expect(await works(app, current.credential)).toBe(true)
  await server.query(`SET ROLE admin; ${statements}`)
  expect(await works(app, current.credential)).toBe(true)
}

async function rotatesOn(
  app: Application,
  current: Version,
  change?: Partial<PostgresOptions>,
): Promise<void> {
  const next = await rotate(app, current, change)
  expect([await works(app, next.credential), await works(app, current.credential)]).toEqual([true, true])
  await retire(app, current, next, change)
  const after = await rotate(app, next, change)
  expect([await works(app, after.credential), await works(app, next.credential)]).toEqual([true, true])
  const users = [current, next, after].map(({ credential }) => credential.username)
  expect(new Set(users).size).toBe(2)
}

describe('a partner that lost its stamp', () => {
  it('is refused while it is current, and rotates on once the stamp is back as the message says', async () => {
    const { app, first, second } = await partnerIsCurrent(true)
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS NULL`)
    const message = await refused(app, second)
    expect(message).toContain(`is missing, though ${app.user}_b is a member of ${app.user}`)
    // Nobody uses the owner any more: the last step of the message.
    const statement = statementsIn(message)
      .replace('OWNERS-VERSION', first.id)
      .replace('PARTNERS-VERSION', second.id)
      .replace('"live"', '"retired"')
    expect(statement).toMatch(new RegExp(`"${app.user}":{"version":"${first.id}","state":"retired"}`))
    await obey(app, second, `ALTER ROLE ${quoted(app.user)} PASSWORD NULL; ${statement}`)
    await rotatesOn(app, second)
  })

  it('is refused in the middle of a drain, by the retirement too, and the drain goes on', async () => {
    const { app, first, second } = await partnerIsCurrent(false)
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS NULL`)
    const message = await refused(app, second)
    await expect(retire(app, first, second)).rejects.toMatchObject({
      code: 'STAMP_INVALID',
      message: expect.stringContaining(statementsIn(message)),
    })
    await obey(
      app,
      second,
      statementsIn(message).replace('OWNERS-VERSION', first.id).replace('PARTNERS-VERSION', second.id),
    )
    // Held by the version that drains, as it is.
    await expect(
      postgresAdapter(app.options()).create(second.credential, { versionId: randomUUID() }),
    ).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS', detail: { holder: first.id } })
    expect(await works(app, first.credential)).toBe(true)
    await retire(app, first, second)
    await rotatesOn(app, second)
  })

  it('counts both as held when somebody forgets to fill in the versions', async () => {
    const { app, first, second } = await partnerIsCurrent(false)
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS NULL`)
    await obey(app, second, statementsIn(await refused(app, second)))
    await expect(
      postgresAdapter(app.options()).create(second.credential, { versionId: randomUUID() }),
    ).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS', detail: { holder: 'OWNERS-VERSION' } })
    expect(await works(app, first.credential)).toBe(true)
  })

  it('is no partner to be adopted while its owner is current', async () => {
    const { app, current } = await ownerIsCurrent()
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS NULL`)
    const message = await refused(app, current)
    expect(message).toContain(`overlap:adopt-partner=${app.user}_b`)
    // It was retired, so nobody uses it: either way goes.
    await obey(app, current, /run (ALTER ROLE \S+ NOLOGIN) instead/.exec(message)?.[1] ?? 'no statement')
    await rotatesOn(app, current, { tags: new Map([['overlap:adopt-partner', `${app.user}_b`]]) })
  })

  it('is known by its name when its owner takes a group at login, and so does it', async () => {
    const app = await application(server)
    const team = quoted(`team_${app.user}`)
    await server.query(
      `CREATE ROLE ${team}; GRANT ${team} TO ${quoted(app.user)}; ALTER ROLE ${quoted(app.user)} SET role = ${team}`,
    )
    const second = await rotate(app, firstVersion(app))
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS NULL`)
    expect(await refused(app, second)).toContain(`is a member of ${app.user}`)
  })

  it('is known whatever it is called', async () => {
    const app = await application(server)
    const tags = new Map([['overlap:partner', `zz "${app.user}"`]])
    const second = await rotate(app, firstVersion(app), { tags })
    await server.query(`COMMENT ON ROLE ${quoted(second.credential.username)} IS NULL`)
    const message = await refused(app, second, { tags })
    expect(await refused(app, second)).toBe(message)
    expect(partnerWish(tags).name).toBe(second.credential.username)
    await obey(
      app,
      second,
      statementsIn(message).replace('OWNERS-VERSION', app.versionId).replace('PARTNERS-VERSION', second.id),
    )
    await retire(app, firstVersion(app), second, { tags })
    await rotatesOn(app, second, { tags })
  })

  it('is written anew when it became unreadable', async () => {
    const { app, first, second } = await partnerIsCurrent(false)
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS 'overlap/1 {'`)
    const message = await refused(app, second)
    await obey(
      app,
      second,
      statementsIn(message).replace('OWNERS-VERSION', first.id).replace('PARTNERS-VERSION', second.id),
    )
    await retire(app, first, second)
    await rotatesOn(app, second)
  })

  it('that a newer Overlap wrote is left as it is', async () => {
    const { app, second } = await partnerIsCurrent(false)
    await server.query(`COMMENT ON ROLE ${partnerOf(app)} IS 'overlap/3 {}'`)
    const message = await refused(app, second)
    expect(message).toContain('newer')
    expect(message).not.toContain('COMMENT ON')
  })
})

describe('a user that logs in as another one and never was its partner', () => {
  it('is refused, and rotates once the other one is a group', async () => {
    const other = await application(server)
    const app = await application(server)
    await server.query(
      `GRANT ${quoted(other.user)} TO ${quoted(app.user)}; ALTER ROLE ${quoted(app.user)} SET role = ${quoted(other.user)}`,
    )
    expect(await refused(app, firstVersion(app))).toContain('that cannot log in itself')
    await server.query(`ALTER ROLE ${quoted(other.user)} NOLOGIN`)
    await rotatesOn(app, firstVersion(app))
  })
})

describe('a pair that another secret has rotated', () => {
  const again = (app: Application) => ({ secretId: `${app.secretId}-again` })

  it('is taken over while the partner is current, and AWSCURRENT goes on working', async () => {
    const { app, second } = await partnerIsCurrent(true)
    const message = await refused(app, second, again(app))
    expect(message).toContain('Two secrets cannot rotate one user')
    await obey(app, second, statementsIn(message))
    await rotatesOn(app, second, again(app))
  })

  it('is taken over while the owner is current', async () => {
    const { app, current } = await ownerIsCurrent()
    await obey(app, current, statementsIn(await refused(app, current, again(app))))
    await rotatesOn(app, current, again(app))
  })

  it('is taken over in the middle of its drain, when nobody uses the other user', async () => {
    const { app, first, second } = await partnerIsCurrent(false)
    const message = await refused(app, second, again(app))
    expect(message).toContain('when nobody uses that one any more')
    const statement = statementsIn(message)
    expect(statement).toContain(`"version":"${first.id}","state":"live"`)
    await obey(
      app,
      second,
      `ALTER ROLE ${quoted(app.user)} PASSWORD NULL; ${statement.replace('"live"', '"retired"')}`,
    )
    await rotatesOn(app, second, again(app))
  })

  it('tells the second secret that its credential ends with the drain of the first, and how to hold that up', async () => {
    const { app, first, second } = await partnerIsCurrent(false)
    const message = await refused(app, first, again(app))
    expect(message).toMatch(
      /sweep retires the user .+ and if AWSCURRENT of this secret names the same user, it stops working then/,
    )
    expect(message).toContain(`aws secretsmanager cancel-rotate-secret --secret-id ${app.secretId} `)
    expect(message).toContain(
      `aws secretsmanager update-secret-version-stage --secret-id ${app.secretId} --version-stage DRAINING --remove-from-version-id VERSION`,
    )
    expect(message).toContain(`(${first.id} or ${second.id})`)
  })

  it('never counts the user of this secret as retired', async () => {
    const { app } = await partnerIsCurrent(true)
    const password = 'set-by-hand-0123456789'
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD '${password}'`)
    const mine = {
      id: randomUUID(),
      credential: parseCredential(serializeCredential({ ...app.current, password })),
    }
    const statement = statementsIn(await refused(app, mine, again(app)))
    expect(statement).not.toContain('retired')
    await obey(app, mine, statement)
    await expect(
      postgresAdapter(app.options(again(app))).create(mine.credential, { versionId: randomUUID() }),
    ).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
  })
})

describe('an owner', () => {
  it('that was renamed while its partner is current is found again', async () => {
    const { app, second } = await partnerIsCurrent(true)
    const name = `new_${app.user}`
    await server.query(`ALTER ROLE ${quoted(app.user)} RENAME TO ${quoted(name)}`)
    const message = await refused(app, second)
    expect(statementsIn(message)).toContain(`ALTER ROLE ${app.user}_b SET role TO '${name}'`)
    await obey(app, second, statementsIn(message))
    await rotatesOn(app, second)
  })

  it('that was renamed while it is current is found again', async () => {
    const { app, current } = await ownerIsCurrent()
    const username = `new_${app.user}`
    await server.query(`ALTER ROLE ${quoted(app.user)} RENAME TO ${quoted(username)}`)
    const renamed = { ...current, credential: { ...current.credential, username } }
    await obey(app, renamed, statementsIn(await refused(app, renamed)))
    await rotatesOn(app, renamed)
  })

  it('that has another OID after a restore from a dump is found again', async () => {
    const { app, second } = await partnerIsCurrent(true)
    const partner = partnerOf(app)
    const [row] = await server.query<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
      [`${app.user}_b`],
    )
    const elsewhere = row?.comment.replace(/"ownerOid":\d+/, '"ownerOid":4000000000') ?? ''
    await server.query(`COMMENT ON ROLE ${partner} IS '${elsewhere}'`)
    await obey(app, second, statementsIn(await refused(app, second)))
    await rotatesOn(app, second)
  })

  it('that was dropped leaves its partner a user like any other', async () => {
    const { app, second } = await partnerIsCurrent(true)
    await server.query(`DROP SCHEMA ${quoted(app.user)} CASCADE; DROP ROLE ${quoted(app.user)}`)
    const message = await refused(app, second)
    const statements = /run (COMMENT ON ROLE \S+ IS NULL; ALTER ROLE \S+ RESET role),/.exec(message)?.[1]
    await obey(app, second, statements ?? 'no statement')
    await rotatesOn(app, second)
  })
})

describe('a partner that was renamed', () => {
  it('while it is current is found again', async () => {
    const { app, second } = await partnerIsCurrent(true)
    const username = `new_${app.user}_b`
    await server.query(`ALTER ROLE ${partnerOf(app)} RENAME TO ${quoted(username)}`)
    const renamed = { ...second, credential: { ...second.credential, username } }
    await obey(app, renamed, statementsIn(await refused(app, renamed)))
    await rotatesOn(app, renamed)
  })
})

import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Fence } from '../../../lambdas/adapters/adapter.ts'
import { type PostgresCredential, parseCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import type { PostgresServer } from '../../../sandbox/postgres/server.ts'

/** An application's user with a schema, a table and the right that its admin needs, and the secret that holds it. */
export interface Application {
  readonly server: PostgresServer
  readonly user: string
  readonly secretId: string
  /** The first version. */
  readonly versionId: string
  readonly current: PostgresCredential
  /** What an adapter for this secret is made with. */
  options(change?: Partial<PostgresOptions>): PostgresOptions
  /** Everything that an adapter noted. */
  readonly notes: { message: string; facts: Record<string, string | number | boolean> }[]
}

export const adminArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-AbCdEf'

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export interface ApplicationWish {
  readonly user?: string
  readonly password?: string
  readonly database?: string
  /** Options of CREATE ROLE. */
  readonly attributes?: string
  /** Does the admin get ADMIN OPTION, as its owner has to give it once? Default true. */
  readonly grantAdmin?: boolean
}

export async function application(server: PostgresServer, wish: ApplicationWish = {}): Promise<Application> {
  const user = wish.user ?? `app_${randomBytes(4).toString('hex')}`
  const password = wish.password ?? randomBytes(18).toString('base64url')
  const database = wish.database ?? 'postgres'
  await server.query(
    `CREATE ROLE ${quoted(user)} LOGIN ${wish.attributes ?? ''} PASSWORD ${pg.escapeLiteral(password)}`,
  )
  if (wish.grantAdmin !== false)
    await server.query(`GRANT ${quoted(user)} TO ${server.admin.username} WITH ADMIN OPTION`)
  await server.query(
    `CREATE SCHEMA ${quoted(user)} AUTHORIZATION ${quoted(user)};
     CREATE TABLE ${quoted(user)}.orders (id int); ALTER TABLE ${quoted(user)}.orders OWNER TO ${quoted(user)}`,
    [],
    { database },
  )
  return applicationOf(server, user, password, database)
}

function applicationOf(
  server: PostgresServer,
  user: string,
  password: string,
  database: string,
): Application {
  const secretId = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${randomUUID()}`
  const notes: Application['notes'] = []
  const admin = { engine: 'postgres', host: server.host, port: server.port, ...server.admin }
  return {
    server,
    user,
    secretId,
    versionId: randomUUID(),
    notes,
    current: parseCredential(
      JSON.stringify({
        engine: 'postgres',
        host: server.host,
        port: server.port,
        dbname: database,
        username: user,
        password,
        masterarn: adminArn,
      }),
    ),
    options: (change = {}) => ({
      secretId,
      tags: new Map(),
      rotated: false,
      deadline: Date.now() + 20_000,
      now: Date.now,
      randomBytes,
      admins: {
        read: async () => ({ value: JSON.stringify(admin), tags: new Map() }),
        forget: () => undefined,
      },
      endpoints: new Map(),
      rds: () => Promise.reject(new Error('RDS is not asked about localhost')),
      pauses: () => Promise.reject(new Error('CloudWatch is not asked about localhost')),
      lockDatabase: 'postgres',
      certificates: async () => server.ca,
      note: (message, facts) => notes.push({ message, facts }),
      ...change,
    }),
  }
}

/** A secret whose user the server does not have. */
export function newcomer(server: PostgresServer, more: Readonly<Record<string, string>> = {}) {
  const app = applicationOf(
    server,
    `new_${randomBytes(4).toString('hex')}`,
    randomUUID().repeat(2),
    'postgres',
  )
  const tags = new Map(Object.entries({ 'overlap:new-user': 'true', ...more }))
  return { ...app, options: (change?: Partial<PostgresOptions>) => app.options({ tags, ...change }) }
}

export function fence(versionId: string, currentVersionId: string, check = async () => {}): Fence {
  return { versionId, currentVersionId, check }
}

export interface Version {
  readonly id: string
  readonly credential: PostgresCredential
}

export function firstVersion(app: Application): Version {
  return { id: app.versionId, credential: app.current }
}

/** create, set and test, as the engine does them. */
export async function rotate(
  app: Application,
  current: Version,
  change?: Partial<PostgresOptions>,
  id: string = randomUUID(),
): Promise<Version> {
  const adapter = () => postgresAdapter(app.options(change))
  const pending = await adapter().create(current.credential, { versionId: id })
  await adapter().set(pending, current.credential, fence(id, current.id))
  await adapter().test(pending, current.credential)
  return { id, credential: pending }
}

/** As at the end of a drain that nobody contradicts. */
export async function disable(
  app: Application,
  version: Version,
  current: Version,
  change?: Partial<PostgresOptions>,
): Promise<void> {
  await postgresRetirer(app.options(change)).disable(version.credential, {
    current: current.credential,
    fence: fence(version.id, current.id),
    accepts: () => false,
    leaked: false,
  })
}

/** Disables and removes: the slot is free. */
export async function retire(
  app: Application,
  version: Version,
  current: Version,
  change?: Partial<PostgresOptions>,
): Promise<void> {
  await disable(app, version, current, change)
  await postgresRetirer(app.options(change)).remove(version.credential, {
    current: current.credential,
    fence: fence(version.id, current.id),
  })
}

/** A consumer's own connection. */
export async function connect(
  app: Application,
  { username, password, dbname }: PostgresCredential,
  endpoint: { host: string; port: number } = app.server,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...{ host: endpoint.host, port: endpoint.port, database: dbname, user: username, password },
    ssl: { ca: app.server.ca },
    application_name: 'consumer',
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Does a login with it succeed? A refusal is an answer, anything else an error. */
export async function works(app: Application, credential: PostgresCredential): Promise<boolean> {
  try {
    await (await connect(app, credential)).end()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false
    throw error
  }
}

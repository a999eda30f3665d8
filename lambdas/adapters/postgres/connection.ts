import { checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls'
import pg from 'pg'
import { OverlapError } from '../../rotation/errors.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { isTransient, type Login, loginFailed, MethodRefused } from './login.ts'
import { rolledBack, statementFailed } from './server-error.ts'
import { pause, type TimeLeft } from './time-left.ts'

export type Value = string | number | null | readonly string[]

/** One authenticated connection. Its statements fail with OverlapError and end, at the latest, when the function's time is up. */
export interface Session {
  readonly endpoint: Endpoint
  /** The server's major version. */
  readonly version: number
  /** The rows of one statement; the server refuses a second one in the same text. */
  rows<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>
  /** Several statements in one round trip; the rows of each that returns any, even none. */
  run(sql: string): Promise<object[][]>
  /** As `run`, for a change that ends in COMMIT: says apart whether the server refused it or the reply was lost. */
  commit(sql: string): Promise<CommitOutcome>
  /** Ends the connection; the server rolls back what was open. Never throws. */
  close(): Promise<void>
}

export type CommitOutcome =
  | { readonly outcome: 'done' }
  /** `refused`: nothing was written. `unknown`: it may have been. */
  | { readonly outcome: 'refused' | 'unknown'; readonly error: OverlapError }

export interface Dialer {
  open(login: Login): Promise<Session>
  /** Adds a value that must never appear in an error. */
  conceal(secret: string): void
}

type Certificates = () => Promise<string | readonly string[]>

/** `application`: what the sessions call themselves, at most 63 bytes. */
export function dialer(certificates: Certificates, time: TimeLeft, application = 'overlap'): Dialer {
  const secrets = new Set<string>()
  return {
    conceal: (secret) => {
      secrets.add(secret)
    },
    async open(login) {
      secrets.add(login.password)
      if (time.up())
        throw new OverlapError(
          'TIME_UP',
          `no time is left to log in at ${endpointName(login.endpoint)}. The step is tried again; a longer time-out of the function may help`,
        )
      const context = await secureContext(certificates)
      const until = Math.min(login.patienceMs ?? Number.POSITIVE_INFINITY, time.ms())
      const began = performance.now()
      for (let wait = 50; ; wait = Math.min(2 * wait, 1_000)) {
        const left = Math.min(until - (performance.now() - began), time.ms())
        try {
          return await connect(login, context, left, time, secrets, application)
        } catch (error) {
          if (!isTransient(error) || left <= wait) throw loginFailed(error, login, secrets)
        }
        await pause(wait)
      }
    },
  }
}

// Parsing the certificates of every AWS Region takes longer than a login, so it is done once per process.
let parsed: { readonly ca: string | readonly string[]; readonly context: SecureContext } | undefined

async function secureContext(certificates: Certificates): Promise<SecureContext> {
  const ca = await certificates()
  if (parsed?.ca !== ca)
    parsed = {
      ca,
      context: createSecureContext({ ca: typeof ca === 'string' ? ca : [...ca], minVersion: 'TLSv1.2' }),
    }
  return parsed.context
}

async function connect(
  login: Login,
  secureContext: SecureContext,
  timeoutMs: number,
  time: TimeLeft,
  secrets: ReadonlySet<string>,
  application: string,
): Promise<Session> {
  const { endpoint } = login
  let method: 'none' | 'cleartext' | 'md5' | 'scram' = 'none'
  const client = new pg.Client({
    host: endpoint.host,
    port: endpoint.port,
    database: login.database,
    user: login.username,
    // Asked for after the server named its method, which the listeners below hear first.
    password: () => {
      if (method === 'cleartext' || (method === 'md5' && login.md5 === false)) throw new MethodRefused(method)
      return login.password
    },
    application_name: application,
    connectionTimeoutMillis: Math.max(1, Math.ceil(timeoutMs)),
    ssl: {
      secureContext,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(endpoint.host, certificate),
    } as pg.ClientConfig['ssl'] & object,
  })
  // Without a listener a connection that breaks between two statements would end the process; the next statement reports it.
  client.on('error', () => undefined)
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter }
  let version = 0
  connection.on('authenticationCleartextPassword', () => {
    method = 'cleartext'
  })
  connection.on('authenticationMD5Password', () => {
    method = 'md5'
  })
  connection.on('authenticationSASL', () => {
    method = 'scram'
  })
  connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
    if (status.parameterName === 'server_version') version = Number.parseInt(status.parameterValue, 10)
  })
  try {
    await client.connect()
    if ((method as string) === 'none') throw new MethodRefused('none')
  } catch (error) {
    await closed(client)
    throw error
  }
  return session(client, endpoint, version, time, secrets)
}

function session(
  client: pg.Client,
  endpoint: Endpoint,
  version: number,
  time: TimeLeft,
  secrets: ReadonlySet<string>,
): Session {
  const query = async (sql: string, values?: readonly Value[]): Promise<pg.QueryResult[]> => {
    const timer = setTimeout(
      () => destroy(client, new Error('no answer before the function has to give up')),
      time.ms(),
    )
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(values ? alone(sql, values) : sql)
      return Array.isArray(result) ? result : [result]
    } finally {
      clearTimeout(timer)
    }
  }
  const translated = (error: unknown): never => {
    throw statementFailed(error, endpointName(endpoint), secrets)
  }
  return {
    endpoint,
    version,
    rows: async <Row>(sql: string, values: readonly Value[] = []) =>
      (await query(sql, values).catch(translated))[0]?.rows as Row[],
    run: async (sql) =>
      (await query(sql).catch(translated))
        .filter((result) => result.fields.length > 0)
        .map((result) => result.rows as object[]),
    commit: async (sql) => {
      try {
        await query(sql)
        return { outcome: 'done' }
      } catch (error) {
        const failed = statementFailed(error, endpointName(endpoint), secrets)
        return { outcome: rolledBack(error) ? 'refused' : 'unknown', error: failed }
      }
    },
    close: () => closed(client),
  }
}

/** The extended protocol takes one statement alone. The driver uses it for values only, unless told so in a word that its types lack. */
function alone(text: string, values: readonly Value[]): pg.QueryConfig {
  const config: pg.QueryConfig & { queryMode: 'extended' } = {
    text,
    values: [...values],
    queryMode: 'extended',
  }
  return config
}

function destroy(client: pg.Client, because?: Error): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(error?: Error): void } } }
  connection.stream.destroy(because)
}

/** A server that hangs must not hold up the function that leaves it. */
async function closed(client: pg.Client): Promise<void> {
  const ended = client.end().catch(() => undefined)
  const timer = setTimeout(() => destroy(client), 250)
  await Promise.race([ended, pause(300)])
  clearTimeout(timer)
}

import pg from 'pg'

export interface Login {
  readonly username: string
  readonly password: string
}

export interface QueryOptions {
  /** Default `postgres`. */
  readonly database?: string
  /** Default the superuser, with its password. */
  readonly user?: string
  readonly password?: string
  /** What the session calls itself; default nothing. */
  readonly application?: string
}

/** Runs one query on a connection of its own and returns its rows (the last statement's, when `sql` has several). */
export type Query = <Row extends pg.QueryResultRow = pg.QueryResultRow>(
  sql: string,
  values?: readonly unknown[],
  options?: QueryOptions,
) => Promise<Row[]>

/** Queries over TLS, the certificate verified against `ca`. */
export function queryAt(endpoint: {
  readonly host: string
  readonly port: number
  readonly ca: string
  readonly login: Login
  /** Settings of the session, as PGOPTIONS has them. */
  readonly sessionOptions?: string
}): Query {
  return async <Row extends pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
    options: QueryOptions = {},
  ) => {
    const client = new pg.Client({
      host: endpoint.host,
      port: endpoint.port,
      database: options.database ?? 'postgres',
      user: options.user ?? endpoint.login.username,
      password: options.password ?? endpoint.login.password,
      ssl: { ca: endpoint.ca, rejectUnauthorized: true },
      connectionTimeoutMillis: 10_000,
      ...(options.application === undefined ? {} : { application_name: options.application }),
      ...(endpoint.sessionOptions === undefined ? {} : { options: endpoint.sessionOptions }),
    })
    // A connection that breaks while idle says so to the query, or to nobody.
    client.on('error', () => {})
    await client.connect()
    try {
      const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(
        sql,
        values ? [...values] : undefined,
      )
      return (Array.isArray(result) ? result.at(-1) : result).rows
    } finally {
      await client.end()
    }
  }
}

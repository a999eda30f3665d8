import pg from 'pg'
import type { PostgresServer } from '../../sandbox/postgres/server.ts'

export interface StandingQuery {
  /** As the server's own, for statements that leave nothing behind in their session. */
  readonly query: PostgresServer['query']
  close(): Promise<void>
}

/** Connections that are kept: a login takes longer than what most questions take to answer. */
export function standingQuery(server: PostgresServer): StandingQuery {
  const idle = new Map<string, pg.Client[]>()

  const connect = async (user: string, password: string, database: string): Promise<pg.Client> => {
    const { host, port, ca } = server
    const client = new pg.Client({ host, port, user, password, database, ssl: { ca } })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  return {
    query: async <Row extends pg.QueryResultRow>(
      sql: string,
      values?: readonly unknown[],
      options: Parameters<PostgresServer['query']>[2] = {},
    ) => {
      const { superuser } = server
      const { user = superuser.username, password = superuser.password, database = 'postgres' } = options
      const kept = idle.get(`${user} ${database}`) ?? []
      idle.set(`${user} ${database}`, kept)
      const client = kept.pop() ?? (await connect(user, password, database))
      try {
        const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(
          sql,
          values ? [...values] : undefined,
        )
        kept.push(client)
        return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
      } catch (error) {
        await client.end()
        throw error
      }
    },
    close: async () => {
      await Promise.all([...idle.values()].flat().map((client) => client.end()))
    },
  }
}

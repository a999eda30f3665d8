import pg from 'pg'
import { type ClientOptions, type RunningClient, repeat } from './client.ts'
import { connection } from './connection.ts'
import { Errands, type Session } from './errands.ts'
import { failureKind } from './failure-kind.ts'

/** The first habit: read the secret, connect, work, disconnect. Every request. */
export function connectPerRequest(client: ClientOptions): RunningClient {
  const { name, tally, read, replica } = client
  const errands = new Errands(name, client.owner)

  return repeat(client, async () => {
    const open: pg.Client[] = []
    const connect = async (config: pg.ClientConfig): Promise<Session> => {
      const connected = new pg.Client(config)
      // A session that is ended while it waits says so to its next query, which counts.
      connected.on('error', () => {})
      await connected.connect()
      open.push(connected)
      tally.login()
      return {
        query: async (text, values) => {
          const { rows } = await connected.query(text, values ? [...values] : undefined)
          tally.query(name)
          return rows
        },
      }
    }
    try {
      const credential = await read()
      await errands.run({
        primary: await connect(connection(credential, client)),
        replica: replica && (() => connect(connection(credential, client, replica))),
      })
      tally.worked(name, credential.versionId)
    } catch (error) {
      tally.failed(failureKind(error))
    }
    await Promise.all(open.map((connected) => connected.end().catch(() => {})))
  })
}

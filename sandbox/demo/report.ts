import pg from 'pg'
import type { ClientOptions } from './client.ts'
import { connection } from './connection.ts'
import { failureKind } from './failure-kind.ts'

/**
 * One long transaction, as a report makes it: it keeps the session that it has, whatever is rotated meanwhile. Resolves when the transaction is open; its
 * `commit` resolves when it is over. What fails is counted like anything else.
 */
export async function beginReport(
  client: Pick<ClientOptions, 'name' | 'read' | 'ca' | 'pauseMs' | 'tally'>,
): Promise<{ commit(): Promise<void> }> {
  const { name, tally, pauseMs } = client
  const session = new pg.Client(connection(await client.read(), client))
  session.on('error', () => {})
  const query = async (text: string) => {
    await session.query(text)
    tally.query(name)
  }
  await session.connect()
  tally.login()
  await query('BEGIN')
  let wanted = true
  const reading = (async () => {
    try {
      while (wanted) {
        await query('SELECT count(*) FROM orders')
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      await query('COMMIT')
    } catch (error) {
      tally.failed(failureKind(error))
    }
    await session.end().catch(() => {})
  })()
  return {
    commit() {
      wanted = false
      return reading
    },
  }
}

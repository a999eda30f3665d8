import { startPostgres } from '../../../sandbox/postgres/server.ts'

/** A program that starts a server, tells where it is and ends in the way that its environment says. */
const { THEN, UMASK } = process.env
if (UMASK !== undefined) process.umask(Number.parseInt(UMASK, 8))

const server = await startPostgres({ replica: THEN === 'wait with replica' })
const [row] = await server.query<{ locale: string }>('SELECT datcollate AS locale FROM pg_database LIMIT 1')
const report = {
  pids: [server.pid, ...(server.replica ? [server.replica.pid] : [])],
  paths: [server.dataDirectory, server.caFile],
  locale: row?.locale,
}
await new Promise((written) => process.stdout.write(`${JSON.stringify(report)}\n`, written))

if (THEN === 'exit') process.exit(0)
if (THEN === 'throw') throw new Error('thrown on purpose')
if (THEN?.startsWith('wait')) setInterval(() => {}, 1000)

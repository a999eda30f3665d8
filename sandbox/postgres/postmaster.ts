import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { postgresqlConf } from './configuration.ts'
import { findFreePort } from './free-port.ts'
import type { Keeper, KeptProcess } from './keeper.ts'
import { writeOwned } from './owned-file.ts'
import { processEnvironment } from './process-environment.ts'
import type { ServerUser } from './server-user.ts'

const patienceMs = 60_000
const portAttempts = 20

/**
 * Starts a server on a data directory and a free port of loopback, and waits until it accepts connections.
 * @throws with the server's log when it does not start
 */
export async function startPostmaster(options: {
  readonly binaries: Binaries
  readonly user: ServerUser
  readonly keeper: Keeper
  readonly dataDirectory: string
  readonly settings: Readonly<Record<string, string>>
  readonly hba: string
  readonly log: string
  /** @default a port that was free a moment ago */
  readonly findPort?: typeof findFreePort
}): Promise<{ port: number; pid: number }> {
  const { binaries, user, keeper, dataDirectory, settings, log, findPort = findFreePort } = options
  writeOwned(join(dataDirectory, 'pg_hba.conf'), options.hba, user)
  for (let attempt = 1; ; attempt += 1) {
    const { port, addresses } = await findPort()
    const network = { listen_addresses: addresses.join(','), port: String(port) }
    writeOwned(join(dataDirectory, 'postgresql.conf'), postgresqlConf({ ...settings, ...network }), user)
    const alreadyLogged = readLog(log).length
    const postmaster = await keeper.run({
      file: binaries.postgres,
      args: ['-D', dataDirectory],
      env: processEnvironment,
      user,
      log,
    })
    const ready = await isReady(postmaster, dataDirectory)
    const said = readLog(log).slice(alreadyLogged)
    // The server goes on when it could listen on one of its addresses; somebody else's server on the other one would be met by a client.
    const portTaken = /could not bind .* address/.test(said)
    if (ready && !portTaken) return { port, pid: postmaster.pid }
    postmaster.signal('SIGQUIT')
    const how = await postmaster.exited
    if (!portTaken || attempt === portAttempts)
      throw new Error(`PostgreSQL did not start (${how}): ${said.trim()}`)
  }
}

/** The last line of postmaster.pid tells when a server accepts connections; asking costs no connection and no line in its log. */
async function isReady(postmaster: KeptProcess, dataDirectory: string): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  while (postmaster.ending() === undefined && Date.now() < deadline) {
    const lines = readLog(join(dataDirectory, 'postmaster.pid')).split('\n')
    if (lines[0] === String(postmaster.pid) && lines[7]?.trim() === 'ready') return true
    await sleep(5)
  }
  return false
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

import pg from 'pg'
import { type ClientOptions, type RunningClient, repeat } from './client.ts'
import { connection } from './connection.ts'
import { Errands, type Session } from './errands.ts'
import { failureKind } from './failure-kind.ts'
import { type Credential, cached } from './secret-reader.ts'

/** Milliseconds that the second habit keeps the secret. */
export const SECRET_CACHE_MS = 1_000

interface Pools {
  readonly versionId: string
  readonly primary: pg.Pool
  readonly replica: pg.Pool | undefined
  /** Requests that use these pools now. */
  requests: number
}

/**
 * The second habit: a pool that two lanes of requests share, and a secret that is kept for a second. User and password both change with a version, so a
 * new version gets a new pool; the old one ends when its last request has.
 */
export function pooled(client: ClientOptions): RunningClient {
  const { name, tally, replica } = client
  const read = cached(client.read, SECRET_CACHE_MS)
  const ending: Promise<void>[] = []
  let latest: Pools | undefined

  const openPool = (config: pg.ClientConfig) => {
    // No application keeps a connection for ever: now and then one is opened with the secret as it is kept.
    const pool = new pg.Pool({ ...config, max: 2, maxUses: 25 })
    pool.on('connect', () => tally.login())
    pool.on('error', (error) => tally.failed(failureKind(error)))
    return pool
  }
  const close = ({ primary, replica }: Pools) => {
    for (const pool of [primary, replica]) if (pool) ending.push(pool.end().catch(() => {}))
  }
  const enter = (credential: Credential): Pools => {
    if (latest?.versionId !== credential.versionId) {
      if (latest?.requests === 0) close(latest)
      latest = {
        versionId: credential.versionId,
        primary: openPool(connection(credential, client)),
        replica: replica && openPool(connection(credential, client, replica)),
        requests: 0,
      }
    }
    latest.requests += 1
    return latest
  }
  const leave = (pools: Pools) => {
    pools.requests -= 1
    if (pools.requests === 0 && pools !== latest) close(pools)
  }
  const sessionOn = (pool: pg.Pool): Session => ({
    query: async (text, values) => {
      const { rows } = await pool.query(text, values ? [...values] : undefined)
      tally.query(name)
      return rows
    },
  })

  const lane = (errands: Errands) =>
    repeat(client, async () => {
      let pools: Pools | undefined
      try {
        pools = enter(await read())
        const { primary, replica } = pools
        await errands.run({
          primary: sessionOn(primary),
          replica: replica && (() => Promise.resolve(sessionOn(replica))),
        })
        tally.worked(name, pools.versionId)
      } catch (error) {
        tally.failed(failureKind(error))
      } finally {
        if (pools) leave(pools)
      }
    })
  const lanes = ['a', 'b'].map((letter) => lane(new Errands(`${name}-${letter}`, client.owner)))

  return {
    async stop() {
      await Promise.all(lanes.map((running) => running.stop()))
      if (latest) close(latest)
      await Promise.all(ending)
    },
  }
}

import pg from 'pg'
import { type ClientOptions, type RunningClient, repeat } from './client.ts'
import { connection } from './connection.ts'
import { Errands, type Session } from './errands.ts'
import { failureKind } from './failure-kind.ts'
import type { Credential } from './secret-reader.ts'

export interface WorkerOptions extends ClientOptions {
  /** What its database sessions are called. */
  readonly application: string
  /** Who counts its work. */
  readonly consumer: string
}

export interface Worker extends RunningClient {
  /** The version that it read; undefined before that. */
  readonly versionId: string | undefined
}

/** The third habit, of a task or a pod: it reads the secret once, when it starts, and keeps that and a pool until it is stopped. */
export function startWorker(options: WorkerOptions): Worker {
  const { tally, consumer, application, replica, read } = options
  const errands = new Errands(options.name, options.owner)
  const open: pg.Pool[] = []
  let kept:
    | { readonly credential: Credential; readonly primary: pg.Pool; readonly replica?: pg.Pool }
    | undefined

  const openPool = (config: pg.ClientConfig) => {
    // Logging in anew now and then, with what was read at the start.
    const pool = new pg.Pool({ ...config, max: 1, maxUses: 25 })
    pool.on('connect', () => tally.login())
    pool.on('error', (error) => tally.failed(failureKind(error)))
    open.push(pool)
    return pool
  }
  const begin = async () => {
    const credential = await read()
    const client = { name: application, ca: options.ca }
    return {
      credential,
      primary: openPool(connection(credential, client)),
      ...(replica ? { replica: openPool(connection(credential, client, replica)) } : {}),
    }
  }
  const sessionOn = (pool: pg.Pool): Session => ({
    query: async (text, values) => {
      const { rows } = await pool.query(text, values ? [...values] : undefined)
      tally.query(consumer)
      return rows
    },
  })

  const running = repeat(options, async () => {
    try {
      kept ??= await begin()
      const { primary, replica: other } = kept
      await errands.run({
        primary: sessionOn(primary),
        replica: other && (async () => sessionOn(other)),
      })
      tally.worked(consumer, kept.credential.versionId)
    } catch (error) {
      tally.failed(failureKind(error))
    }
  })
  return {
    get versionId() {
      return kept?.credential.versionId
    },
    async stop() {
      await running.stop()
      await Promise.all(open.map((pool) => pool.end().catch(() => {})))
    },
  }
}

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { PostgresServer } from '../postgres/server.ts'
import type { ClientOptions, RunningClient } from './client.ts'
import { connectPerRequest } from './connect-per-request.ts'
import { pooled, SECRET_CACHE_MS } from './pooled.ts'
import { secretReader } from './secret-reader.ts'
import type { Tally } from './tally.ts'

interface Member {
  readonly name: string
  readonly habit: (client: ClientOptions) => RunningClient
  /** Milliseconds between two requests: opening a connection costs many times what a query does. */
  readonly pauseMs: number
  readonly readsReplica: boolean
}

const each = { habit: connectPerRequest, pauseMs: 200 }
const pool = { habit: pooled, pauseMs: 70 }

/** Applications that read the secret anew by themselves, the same in every run. */
export const members: readonly Member[] = [
  { name: 'cart-1', ...each, readsReplica: false },
  { name: 'billing-1', ...pool, readsReplica: false },
  { name: 'cart-2', ...each, readsReplica: false },
  { name: 'billing-2', ...pool, readsReplica: false },
  { name: 'mailer-1', ...each, readsReplica: false },
  { name: 'stock-1', ...pool, readsReplica: true },
  { name: 'catalog-1', ...each, readsReplica: true },
  { name: 'stock-2', ...pool, readsReplica: true },
  { name: 'catalog-2', ...each, readsReplica: true },
]

export interface Fleet {
  /** Resolves when every request under way has ended and every connection is closed. */
  stop(): Promise<void>
}

/** Starts every client on one secret. `owner` is the user that the secret began with: everything must belong to it. */
export function startFleet(options: {
  readonly client: SecretsManagerClient
  readonly postgres: PostgresServer
  readonly secretId: string
  readonly owner: string
  readonly tally: Tally
}): Fleet {
  const { owner, tally, postgres } = options
  const read = secretReader(options.client, options.secretId)
  const running = members.map(({ name, habit, pauseMs, readsReplica }, index) =>
    habit({
      name,
      owner,
      read,
      tally,
      pauseMs,
      // Spread out, so that the kept secrets do not all run out at the same moment.
      startAfterMs: (index * SECRET_CACHE_MS) / members.length,
      ca: postgres.ca,
      replica: readsReplica ? postgres.replica : undefined,
    }),
  )
  return {
    async stop() {
      await Promise.all(running.map((client) => client.stop()))
    },
  }
}

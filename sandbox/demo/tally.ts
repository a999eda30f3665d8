import type { Traffic } from './facts.ts'

/** Counts what clients do, by a clock in milliseconds. Nothing is forgiven: a failure counts once, whether or not the next try would have worked. */
export class Tally {
  #queries = 0
  #logins = 0
  readonly #failures = new Map<string, number>()
  readonly #perClient = new Map<string, number>()
  /** The version that each client worked with last, and since when. */
  readonly #latest = new Map<string, { readonly versionId: string; readonly since: number }>()
  readonly #now: () => number

  /** The clients that stay for the whole run, known from the start so that one which never does anything shows. */
  constructor(clients: readonly string[], now: () => number) {
    this.#now = now
    for (const client of clients) this.#perClient.set(client, 0)
  }

  /** A query that was answered, and rightly. */
  query(client: string): void {
    this.#queries += 1
    const own = this.#perClient.get(client)
    if (own !== undefined) this.#perClient.set(client, own + 1)
  }

  login(): void {
    this.#logins += 1
  }

  failed(kind: string): void {
    this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1)
  }

  /** A client has done a whole request with this version. */
  worked(client: string, versionId: string): void {
    if (this.#latest.get(client)?.versionId !== versionId)
      this.#latest.set(client, { versionId, since: this.#now() })
  }

  /** When the last of these clients came to this version; undefined while one works with another, or not at all. Default: of all. */
  rolledOut(versionId: string, clients: Iterable<string> = this.#perClient.keys()): number | undefined {
    const latest = [...clients].map((client) => this.#latest.get(client))
    const moments = latest.map((one) => (one?.versionId === versionId ? one.since : Number.NaN))
    const last = Math.max(...moments)
    return Number.isNaN(last) ? undefined : last
  }

  get leastBusy(): number {
    return Math.min(...this.#perClient.values())
  }

  traffic(): Traffic {
    return { queries: this.#queries, logins: this.#logins, failures: Object.fromEntries(this.#failures) }
  }
}

/** What happened between two moments of one tally. */
export function between(before: Traffic, after: Traffic): Traffic {
  const failures = Object.entries(after.failures)
    .map(([kind, count]) => [kind, count - (before.failures[kind] ?? 0)] as const)
    .filter(([, count]) => count > 0)
  return {
    queries: after.queries - before.queries,
    logins: after.logins - before.logins,
    failures: Object.fromEntries(failures),
  }
}

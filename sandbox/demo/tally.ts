import type { Traffic } from './facts.ts'

/** Counts what clients do, by a clock in milliseconds. Nothing is forgiven: a failure counts once, whether or not the next try would have worked. */
export class Tally {
  #queries = 0
  #logins = 0
  readonly #failures = new Map<string, number>()
  readonly #perClient = new Map<string, number>()
  /** Version to each client's first work with it. */
  readonly #firstWork = new Map<string, Map<string, number>>()
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
    const first = this.#firstWork.get(versionId) ?? new Map<string, number>()
    this.#firstWork.set(versionId, first)
    if (!first.has(client)) first.set(client, this.#now())
  }

  /** When the last of all clients first worked with this version; undefined while one has not. */
  rolledOut(versionId: string): number | undefined {
    const first = this.#firstWork.get(versionId)
    const moments = [...this.#perClient.keys()].map((client) => first?.get(client) ?? Number.NaN)
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

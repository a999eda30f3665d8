import { createHash, randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'

/** A function that reads a secret, put in place without a call. It is managed here and runs nowhere. */
export interface SeededFunction {
  readonly name: string
  readonly variables?: Readonly<Record<string, string>>
  /** Each points to version 1, which is published with the function; without any there is no version. */
  readonly aliases?: readonly string[]
  /** How long a change takes, and a version to become active. Default 3 s. */
  readonly changeMs?: number
  /**
   * What is called by this name, `$LATEST` or an alias, runs in execution environments that start from now on: what reads a secret at its start reads it
   * anew. Told for the start, too, which may be before `seed` has returned.
   */
  readonly onStarted?: (qualifier: string) => void
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export interface Configuration {
  readonly version: string
  readonly revisionId: string
  readonly lastModified: number
  readonly codeSha256: string
  readonly variables: Readonly<Record<string, string>>
  readonly description: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  readonly state: 'Active' | 'Pending'
  readonly lastUpdateStatus: 'Successful' | 'InProgress' | 'Failed'
}

export interface Alias {
  readonly name: string
  readonly revisionId: string
  readonly version: string
  /** Shares of calls, from 0 to 1, by version. */
  readonly further: Readonly<Record<string, number>>
}

export type Change = Partial<Pick<Configuration, 'variables' | 'description' | 'timeoutSeconds' | 'memoryMb'>>

export type Provisioned = 'IN_PROGRESS' | 'READY' | 'FAILED'

/** A function with its versions and aliases. Whoever calls it has checked that it may be done. */
export class ManagedFunction {
  readonly name: string
  /** By version, that which was published first first. */
  readonly versions = new Map<string, Configuration>()
  readonly aliases = new Map<string, Alias>()
  readonly provisioned = new Map<string, Provisioned>()
  latest: Configuration
  /** Do changes from now on come to a good end? */
  failing = false
  readonly #clock: Clock
  readonly #changeMs: number
  readonly #onStarted: (qualifier: string) => void
  readonly #timers = new Set<Timer>()

  constructor(
    { name, variables = {}, aliases = [], changeMs = 3_000, onStarted }: SeededFunction,
    clock: Clock,
  ) {
    this.name = name
    this.#clock = clock
    this.#changeMs = changeMs
    this.#onStarted = onStarted ?? (() => {})
    this.latest = {
      version: '$LATEST',
      revisionId: randomUUID(),
      lastModified: clock.now(),
      codeSha256: digest(name),
      variables,
      description: '',
      timeoutSeconds: 3,
      memoryMb: 128,
      state: 'Active',
      lastUpdateStatus: 'Successful',
    }
    this.#onStarted('$LATEST')
    if (aliases.length > 0) this.versions.set('1', { ...this.latest, version: '1', revisionId: randomUUID() })
    for (const alias of aliases) this.pointAlias(alias, { version: '1', further: {} })
  }

  change(change: Change): Configuration {
    return this.#changed({ ...this.latest, ...change })
  }

  /** As UpdateFunctionCode does. */
  deployCode(code: string): Configuration {
    return this.#changed({ ...this.latest, codeSha256: digest(code) })
  }

  /** A new version of $LATEST; the last one where nothing has changed since. */
  publish(): Configuration {
    const last = [...this.versions.values()].at(-1)
    if (last !== undefined && contentOf(last) === contentOf(this.latest)) return last
    const version = String(this.versions.size + 1)
    const published: Configuration = { ...this.latest, version, revisionId: randomUUID(), state: 'Pending' }
    this.versions.set(version, published)
    this.#later(() => this.versions.set(version, { ...published, revisionId: randomUUID(), state: 'Active' }))
    return published
  }

  pointAlias(name: string, { version, further }: Pick<Alias, 'version' | 'further'>): Alias {
    const before = this.aliases.get(name)
    const alias = { name, revisionId: randomUUID(), version, further }
    this.aliases.set(name, alias)
    if (before?.version !== version) this.#onStarted(name)
    return alias
  }

  discard(): void {
    for (const timer of this.#timers) timer.cancel()
  }

  /** Lambda gives the revision another id when the change has come to its end, too. */
  #changed(configuration: Configuration): Configuration {
    const ending = this.failing ? 'Failed' : 'Successful'
    this.latest = {
      ...configuration,
      revisionId: randomUUID(),
      lastModified: this.#clock.now(),
      lastUpdateStatus: 'InProgress',
    }
    this.#later(() => {
      this.latest = { ...this.latest, revisionId: randomUUID(), lastUpdateStatus: ending }
      if (ending === 'Failed') return
      this.#onStarted('$LATEST')
      for (const { name, version } of this.aliases.values()) if (version === '$LATEST') this.#onStarted(name)
    })
    return this.latest
  }

  #later(run: () => void): void {
    const timer = this.#clock.after(this.#changeMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }
}

/** Base64, as Lambda has it. */
function digest(code: string): string {
  return createHash('sha256').update(code).digest('base64')
}

function contentOf({ codeSha256, variables, timeoutSeconds, memoryMb }: Configuration): string {
  return JSON.stringify([codeSha256, Object.entries(variables).sort(), timeoutSeconds, memoryMb])
}

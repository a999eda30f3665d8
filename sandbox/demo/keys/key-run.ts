import type { RunningClient } from '../client.ts'
import { failed, type OldKeyFacts, type RotationFacts, type RunFacts, type Traffic } from '../facts.ts'
import { Retirement } from '../retirement.ts'
import type { Stage } from '../scenes/stage.ts'
import { type Read, readerOf, type Version } from '../secret-reader.ts'
import { between, Tally } from '../tally.ts'
import { until } from '../wait.ts'
import { keyClients } from './key-client.ts'
import type { KeyKind } from './key-kind.ts'

/** Of a stage, what applications need. */
export type Ground = Pick<Stage, 'sandbox' | 'witness' | 'calendar' | 'signal'>

/** A rotation of a key that was begun. */
interface Begun<Value> {
  readonly version: string
  /** By the sandbox's clock. */
  readonly at: number
  readonly before: Version<Value>
  readonly traffic: Traffic
}

/** The applications of one secret that holds a key, and one rotation of it. */
export class KeyRun<Value> {
  readonly kind: KeyKind<Value>
  readonly read: Read<Value>
  readonly tally: Tally
  readonly #ground: Ground
  readonly #clients: readonly RunningClient[]

  private constructor(kind: KeyKind<Value>, ground: Ground) {
    this.kind = kind
    this.#ground = ground
    this.read = readerOf(ground.sandbox.client, kind.secret)
    this.tally = new Tally(kind.clients, () => performance.now())
    const { read, tally } = this
    this.#clients = keyClients(kind.clients, { read, tally, keyed: () => kind.keyed() })
  }

  /** Resolves when every application works. */
  static async start<Value>(kind: KeyKind<Value>, ground: Ground): Promise<KeyRun<Value>> {
    const run = new KeyRun(kind, ground)
    try {
      const { versionId } = await run.read()
      await until(`every client of ${kind.secret} works`, ground.signal, () => run.tally.rolledOut(versionId))
      return run
    } catch (error) {
      await run.stop()
      throw error
    }
  }

  /** Call it before what leads to a rotation. What it returns resolves when one is published, and every application uses it. */
  async next(): Promise<() => Promise<KeyRotation<Value>>> {
    const { secretsManager } = this.#ground.sandbox
    const { witness, signal } = this.#ground
    const [before, traffic] = [await this.read(), this.tally.traffic()]
    const records = () => secretsManager.rotations(this.kind.secret).filter(({ kind }) => kind === 'rotation')
    const known = new Set(records().map(({ token }) => token))
    return async () => {
      const name = this.kind.secret
      const { token: version, startedAt: at } = await until(`a rotation of ${name} begins`, signal, () =>
        records().find(({ token }) => !known.has(token)),
      )
      await until(`version ${version} of ${name} is published`, signal, () => witness.published(version))
      const usedAt = await until(`every client of ${name} uses version ${version}`, signal, () =>
        this.tally.rolledOut(version),
      )
      return new KeyRotation(this, this.#ground, { version, at, before, traffic }, usedAt)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()))
  }

  facts(rotations: readonly RotationFacts[]): RunFacts {
    return {
      title: this.kind.title,
      clients: this.kind.clients.length,
      rotations,
      traffic: this.tally.traffic(),
      leastBusy: this.tally.leastBusy,
    }
  }
}

/** From its beginning until the key that it replaced is deleted. */
export class KeyRotation<Value> {
  readonly retirement: Retirement
  readonly #run: KeyRun<Value>
  readonly #ground: Ground
  readonly #begun: Begun<Value>
  /** By `performance.now`. */
  readonly #usedAt: number
  #old: Omit<OldKeyFacts, 'title'> = { drained: 'gone', disabled: 'gone', removed: 'active' }

  constructor(run: KeyRun<Value>, ground: Ground, begun: Begun<Value>, usedAt: number) {
    this.#run = run
    this.#ground = ground
    this.#begun = begun
    this.#usedAt = usedAt
    const { sandbox, witness, calendar, signal } = ground
    const versions = { replaced: begun.before.versionId, current: begun.version }
    this.retirement = new Retirement({ sandbox, witness, calendar, signal, crew: undefined, ...versions })
  }

  get version(): string {
    return this.#begun.version
  }

  /** Asks whoever gave the old key out what it is now. */
  async ask(when: keyof typeof this.old): Promise<void> {
    this.#old = { ...this.#old, [when]: await this.#run.kind.stateOf(this.#begun.before) }
  }

  get old(): Omit<OldKeyFacts, 'title'> {
    return this.#old
  }

  /** When it is over. */
  async facts(expectedRung: string, scene: (rotation: RotationFacts) => string): Promise<RotationFacts> {
    const { witness } = this.#ground
    const { kind, read, tally } = this.#run
    const { version, at, before, traffic: earlier } = this.#begun
    const ended = await this.retirement.facts()
    const published = witness.published(version)
    const traffic = between(earlier, tally.traffic())
    const took = (step: string) => witness.done(step, version)?.durationMs ?? Number.NaN
    const facts: RotationFacts = {
      number: 1,
      begunBy: 'schedule',
      at,
      version,
      from: kind.shown(before),
      to: kind.shown(await read()),
      phases: {
        generate: took('createSecret'),
        makeValid: took('setSecret') + took('testSecret') + took('finishSecret'),
        rollOut: this.#usedAt - (published?.at ?? Number.NaN),
        drain: ended.disabledAt - (published?.clock ?? Number.NaN),
        quarantine: ended.removedAt - ended.disabledAt,
      },
      retirement: ended,
      expectedRung,
      queries: traffic.queries,
      failed: failed(traffic),
    }
    return { ...facts, scene: scene(facts) }
  }
}

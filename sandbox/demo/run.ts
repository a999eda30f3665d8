import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Sandbox } from '../sandbox.ts'
import type { Calendar } from './calendar.ts'
import { type Begin, failed, type Phases, type RotationFacts, type RunFacts, type Traffic } from './facts.ts'
import { type Fleet, members, startFleet } from './fleet.ts'
import { type Credential, secretReader } from './secret-reader.ts'
import { between, Tally } from './tally.ts'
import { until } from './wait.ts'
import type { SeenWork, Witness } from './witness.ts'

export interface RunOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  readonly calendar: Calendar
  readonly title: string
  /** ARN. */
  readonly secretId: string
  /** The user that the secret began with. */
  readonly owner: string
  /** Milliseconds by the sandbox's clock that a drain takes; 0: it is retired at once. Undefined: nothing is left to retire. */
  readonly drainMs: number | undefined
  /** Milliseconds of real time that a rotation takes at least, so that every run has the same cadence. */
  readonly cadenceMs: number
  readonly signal: AbortSignal
}

/** A rotation that was begun. */
export interface Begun {
  readonly number: number
  readonly by: Begin
  readonly version: string
  /** By `performance.now`. */
  readonly startedAt: number
  /** By the sandbox's clock. */
  readonly at: number
  readonly before: Credential
  readonly traffic: Traffic
}

/** What is special about a rotation. */
export interface Special {
  /** Said at the end. */
  readonly scene?: () => string
  /** What goes on when the drain is over and before the retirement. */
  readonly beforeRetirement?: () => Promise<void>
}

/** One run: the clients on one secret, and the rotations of it. */
export class Run {
  readonly options: RunOptions
  readonly tally = new Tally(
    members.map(({ name }) => name),
    () => performance.now(),
  )
  readonly #fleet: Fleet
  readonly #rotations: RotationFacts[] = []

  private constructor(options: RunOptions) {
    this.options = options
    const { sandbox, secretId, owner } = options
    this.#fleet = startFleet({ ...sandbox, secretId, owner, tally: this.tally })
  }

  /** Resolves when every client works. */
  static async start(options: RunOptions): Promise<Run> {
    const run = new Run(options)
    try {
      const { versionId } = await run.current()
      await until('every client works', options.signal, () => run.tally.rolledOut(versionId))
      return run
    } catch (error) {
      await run.#fleet.stop()
      throw error
    }
  }

  current(): Promise<Credential> {
    return secretReader(this.options.sandbox.client, this.options.secretId)()
  }

  /** Rotations so far that were begun, whatever became of them. Further attempts of one are not counted. */
  tokens(): readonly string[] {
    const { sandbox, secretId } = this.options
    const begun = sandbox.secretsManager.rotations(secretId).filter(({ kind }) => kind === 'rotation')
    return [...new Set(begun.map(({ token }) => token))]
  }

  /** Does what leads to a rotation, and waits until one has begun. */
  async begin(by: Begin, cause: () => unknown): Promise<Begun> {
    const { sandbox, secretId, signal } = this.options
    const [before, traffic, known] = [await this.current(), this.tally.traffic(), this.tokens().length]
    const startedAt = performance.now()
    await cause()
    const version = await until('a rotation begins', signal, () => this.tokens()[known])
    const record = sandbox.secretsManager.rotations(secretId).find(({ token }) => token === version)
    const at = record?.startedAt ?? Number.NaN
    return { number: this.#rotations.length + 1, by, version, startedAt, at, before, traffic }
  }

  /** Waits until the rotation is over, and lets its drain pass. */
  async finish(begun: Begun, special: Special = {}): Promise<RotationFacts> {
    const { witness, signal, drainMs, cadenceMs } = this.options
    const { number, by, at, version, before, startedAt } = begun
    const published = await until(`version ${version} is published`, signal, () => witness.published(version))
    const rolledOutAt = await until(`every client uses version ${version}`, signal, () =>
      this.tally.rolledOut(version),
    )
    const retirement =
      drainMs === undefined ? undefined : await this.#drainAndRetire(before.versionId, drainMs, special)
    await until(`rotation ${number} is over`, signal, () => this.#isOver(version))
    await until('the next rotation is due', signal, () => performance.now() >= startedAt + cadenceMs)
    const [after, traffic] = [await this.current(), between(begun.traffic, this.tally.traffic())]
    const facts: RotationFacts = {
      number,
      begunBy: by,
      at,
      version,
      from: before.username,
      to: after.username,
      phases: {
        ...this.#steps(version),
        rollOut: rolledOutAt - published.at,
        drain: retirement && retirement.clock - retirement.durationMs - published.clock,
        retire: retirement?.durationMs,
      },
      queries: traffic.queries,
      failed: failed(traffic),
      ...(special.scene ? { scene: special.scene() } : {}),
    }
    this.#rotations.push(facts)
    return facts
  }

  /** Stops the clients. May be called once, whatever happened before. */
  async end(): Promise<RunFacts> {
    await this.#fleet.stop()
    return {
      title: this.options.title,
      clients: members.length,
      rotations: this.#rotations,
      traffic: this.tally.traffic(),
      leastBusy: this.tally.leastBusy,
    }
  }

  async #drainAndRetire(old: string, drainMs: number, { beforeRetirement }: Special): Promise<SeenWork> {
    const { witness, calendar, signal } = this.options
    if (drainMs > 0) {
      // A drain counts from the last change of the secret: the service's own at the end of the rotation, or the note of the pass after that.
      await calendar.toNextPass()
      await until(`the sweep has seen that version ${old} drains`, signal, () =>
        witness.works('sweep', old).some(({ outcome }) => outcome === 'start-drain'),
      )
      await calendar.pass(drainMs)
      await beforeRetirement?.()
    }
    return until(`version ${old} is retired`, signal, () => witness.done('disable', old))
  }

  /** No label but AWSCURRENT is on the new version, and none says that another still drains. */
  async #isOver(version: string): Promise<boolean> {
    const { sandbox, secretId, witness } = this.options
    const { VersionIdsToStages } = await sandbox.client.send(
      new DescribeSecretCommand({ SecretId: secretId }),
    )
    const labels = Object.values(VersionIdsToStages ?? {}).flat()
    return (
      !labels.includes('DRAINING') &&
      !labels.includes('AWSPENDING') &&
      witness.done('finishSecret', version) !== undefined
    )
  }

  #steps(version: string): Pick<Phases, 'generate' | 'makeValid'> {
    const took = (step: string) => this.options.witness.done(step, version)?.durationMs ?? Number.NaN
    return {
      generate: took('createSecret'),
      makeValid: took('setSecret') + took('testSecret') + took('finishSecret'),
    }
  }
}

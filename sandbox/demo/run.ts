import { DescribeSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Sandbox } from '../sandbox.ts'
import { failed, type Phases, type RotationFacts, type RunFacts, type Traffic } from './facts.ts'
import { type Fleet, members, startFleet } from './fleet.ts'
import { type Credential, secretReader } from './secret-reader.ts'
import { between, Tally } from './tally.ts'
import { until } from './wait.ts'
import type { Witness } from './witness.ts'

export interface RunOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  readonly title: string
  /** ARN. */
  readonly secretId: string
  /** The user that the secret began with. */
  readonly owner: string
  /** Does a rotation leave something to retire? */
  readonly retires: boolean
  /** Milliseconds that a rotation takes at least, so that every run has the same cadence. */
  readonly cadenceMs: number
  /** `performance.now()` at the demo's beginning. */
  readonly epoch: number
  readonly signal: AbortSignal
}

/** A rotation that was begun. */
export interface Begun {
  readonly number: number
  readonly version: string
  readonly startedAt: number
  readonly before: Credential
  readonly traffic: Traffic
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

  /** Asks for a rotation as anybody would. */
  async begin(): Promise<Begun> {
    const [before, traffic] = [await this.current(), this.tally.traffic()]
    const startedAt = performance.now()
    const { sandbox, secretId } = this.options
    const answer = await sandbox.client.send(new RotateSecretCommand({ SecretId: secretId }))
    const version = answer.VersionId ?? ''
    return { number: this.#rotations.length + 1, version, startedAt, before, traffic }
  }

  /** Waits until the rotation is over, its drain included. `scene` says, at the end, what was special about it. */
  async finish(begun: Begun, scene?: () => string): Promise<RotationFacts> {
    const { witness, signal, retires, cadenceMs, epoch } = this.options
    const { number, version, before, startedAt } = begun
    const publishedAt = await until(`version ${version} is published`, signal, () =>
      witness.published(version),
    )
    const [rolledOutAt, retirement] = await Promise.all([
      until(`every client uses version ${version}`, signal, () => this.tally.rolledOut(version)),
      retires ? this.#retirement(before.versionId) : undefined,
    ])
    await until(`rotation ${number} is over`, signal, () => this.#isOver(version))
    await until('the next rotation is due', signal, () => performance.now() >= startedAt + cadenceMs)
    const [after, traffic] = [await this.current(), between(begun.traffic, this.tally.traffic())]
    const facts: RotationFacts = {
      number,
      at: startedAt - epoch,
      version,
      from: before.username,
      to: after.username,
      phases: {
        ...this.#steps(version),
        rollOut: rolledOutAt - publishedAt,
        drain: retirement && retirement.at - retirement.durationMs - publishedAt,
        retire: retirement?.durationMs,
      },
      queries: traffic.queries,
      failed: failed(traffic),
      ...(scene ? { scene: scene() } : {}),
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

  #retirement(versionId: string) {
    const { witness, signal } = this.options
    return until(`version ${versionId} is retired`, signal, () => witness.done('disable', versionId))
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

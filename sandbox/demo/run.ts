import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Sandbox } from '../sandbox.ts'
import type { Calendar } from './calendar.ts'
import { type Crew, crewed } from './crew.ts'
import { type Begin, failed, type Phases, type RotationFacts, type RunFacts, type Traffic } from './facts.ts'
import { type Fleet, members, startFleet } from './fleet.ts'
import { Retirement } from './retirement.ts'
import { type Credential, secretReader } from './secret-reader.ts'
import { between, Tally } from './tally.ts'
import { until } from './wait.ts'
import type { Witness } from './witness.ts'

export interface RunOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  readonly calendar: Calendar
  readonly title: string
  /** ARN. */
  readonly secretId: string
  /** The user that the secret began with. */
  readonly owner: string
  /** The declared consumers of the secret; undefined: it has none. */
  readonly crew: Crew | undefined
  /** How a replaced version ends: after a drain and a quarantine, at first sight, or there is none. */
  readonly ends: 'drained' | 'at-once' | 'not'
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
  readonly scene?: (rotation: RotationFacts) => string
  /** What becomes of the replaced version when consumers are rolled out, where that is not as ever. Resolves with what has ended. */
  readonly course?: (retirement: Retirement) => Promise<Retirement>
  /** The rung that the retirement must have. Default `a`: nothing less than a log of logins without a gap. */
  readonly expectedRung?: string
}

/** As every week: it drains, is disabled, and after its quarantine removed. */
async function ordinary(retirement: Retirement): Promise<Retirement> {
  await retirement.drain()
  await retirement.quarantine()
  return retirement
}

/** One run: the clients on one secret, and the rotations of it. */
export class Run {
  readonly options: RunOptions
  readonly tally: Tally
  readonly #clients: readonly string[]
  readonly #fleet: Fleet
  readonly #rotations: RotationFacts[] = []

  private constructor(options: RunOptions) {
    this.options = options
    const { sandbox, secretId, owner, crew } = options
    const { ca, replica } = sandbox.postgres
    this.#clients = [...members.map(({ name }) => name), ...(crew === undefined ? [] : Object.keys(crewed))]
    this.tally = new Tally(this.#clients, () => performance.now())
    this.#fleet = startFleet({ ...sandbox, secretId, owner, tally: this.tally })
    crew?.begin({ owner, ca, replica, tally: this.tally, read: secretReader(sandbox.client, secretId) })
  }

  /** Resolves when every client works. */
  static async start(options: RunOptions): Promise<Run> {
    const run = new Run(options)
    try {
      const { versionId } = await run.current()
      await until('every client works', options.signal, () => run.tally.rolledOut(versionId))
      return run
    } catch (error) {
      await run.#stop()
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

  /** Waits until it is published and used, and lets what it replaced come to its end. */
  async finish(begun: Begun, special: Special = {}): Promise<RotationFacts> {
    const { witness, signal, cadenceMs } = this.options
    const { number, by, at, version, before, startedAt } = begun
    const published = await until(`version ${version} is published`, signal, () => witness.published(version))
    const usedBy = (clients: readonly string[]) =>
      until(`every client uses version ${version}`, signal, () => this.tally.rolledOut(version, clients))
    let rolledOutAt = await usedBy(members.map(({ name }) => name))
    const after = await this.current()
    const retirement = await this.#retire(this.retirement(before.versionId, version), special, async () => {
      rolledOutAt = await usedBy(this.#clients)
    })
    await until(`rotation ${number} is over`, signal, () => this.#isOver(version))
    await until('the next rotation is due', signal, () => performance.now() >= startedAt + cadenceMs)
    const ended = await retirement?.facts()
    const traffic = between(begun.traffic, this.tally.traffic())
    const replacedAt = witness.published(retirement?.options.current ?? '')?.clock ?? Number.NaN
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
        drain: ended && ended.disabledAt - replacedAt,
        quarantine: ended && ended.removedAt - ended.disabledAt,
      },
      ...(ended ? { retirement: ended } : {}),
      expectedRung: special.expectedRung ?? 'a',
      queries: traffic.queries,
      failed: failed(traffic),
    }
    const told = special.scene ? { ...facts, scene: special.scene(facts) } : facts
    this.#rotations.push(told)
    return told
  }

  retirement(replaced: string, current: string): Retirement {
    return new Retirement({ ...this.options, replaced, current })
  }

  /** Stops the clients. May be called once, whatever happened before. */
  async end(): Promise<RunFacts> {
    await this.#stop()
    const crew = Object.values(this.options.crew === undefined ? {} : crewed)
    return {
      title: this.options.title,
      clients: members.length + crew.reduce((sum, count) => sum + count, 0),
      rotations: this.#rotations,
      traffic: this.tally.traffic(),
      leastBusy: this.tally.leastBusy,
    }
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#fleet.stop(), this.options.crew?.end()])
  }

  /** `rolledOut`: the sweep has seen every declared consumer on the new version. */
  async #retire(
    retirement: Retirement,
    { course = ordinary }: Special,
    rolledOut: () => Promise<void>,
  ): Promise<Retirement | undefined> {
    switch (this.options.ends) {
      case 'not':
        return undefined
      case 'at-once':
        await retirement.atOnce()
        return retirement
      case 'drained':
        await retirement.rollOut()
        await rolledOut()
        return course(retirement)
    }
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

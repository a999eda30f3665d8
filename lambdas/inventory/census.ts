/**
 * How old the credentials are that a deployment rotates, as a whole pass of the sweep tells it: gauges, which alarms and the dashboard show, and a line for each
 * credential that is due or stale, from which the alarm's message names it.
 *
 * Gotchas
 * - It asks about the deployment's own secrets alone. One that its own network left behind is still its own, and blocked. All others it counts as unmanaged, those
 *   of another deployment, too: whether there is such a one it cannot know, and anybody may call a function so.
 * - A figure over a part would be smaller and look like an improvement, so a census that was cut, or failed as a whole, publishes no figure at all, and an
 *   alarm of its own says so after a while. Its lines are of what is known.
 * - A secret whose age cannot be found out, perhaps for ever, is no reason to measure none: it counts as due and stale, and its line says so, unless the listing
 *   proves on which side of the thresholds it is.
 * - It comes after what heals and rotates and takes no more than is left over: slowly, not for long, and never from the time that a pass needs for its end. What
 *   it had no time for, the next pass finds remembered.
 * - It holds nothing and changes nothing but that memory, so two at once say the same twice.
 */
import { OverlapError } from '../rotation/errors.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { Census } from '../sweep/census.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { awaitsFirstRun } from '../sweep/overdue.ts'
import { pace } from '../sweep/pace.ts'
import { type Deployment, sightOf } from '../sweep/sight.ts'
import { type AgesMemory, agesMemory } from './ages-memory.ts'
import type { Entry, Thresholds } from './entry.ts'
import { figuresOf } from './figures.ts'
import { secretEntries } from './gather.ts'
import { publishFigures } from './gauges.ts'
import { isReplica } from './judge.ts'
import { type LeftBehind, leftBehindBy } from './left-behind.ts'
import { isOursAmong } from './ours.ts'
import { type Judged, tellAges } from './tell-ages.ts'
import { thresholdsFor } from './thresholds.ts'

/** What a deployment counts, and by what it judges. */
export interface CensusEnvironment {
  /** The deployment's name. */
  readonly name: string
  readonly deployment: Deployment
  /** ARNs of its rotation functions. */
  readonly rotationFunctions: ReadonlySet<string>
  readonly thresholds: Thresholds
  /** Those that have figures of their own. */
  readonly owners: readonly string[]
  readonly region: string
}

type Signal = () => AbortSignal
/** When each version that has a label was created, by its id. Rejects with OverlapError. */
type CreatedDates = (secretArn: string) => Promise<ReadonlyMap<string, Date>>

export interface CensusFunction {
  readonly telemetry: Telemetry
  readonly environment: CensusEnvironment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly createdDatesFor: (signal: Signal) => CreatedDates
  readonly sleep: (ms: number) => Promise<void>
}

/** Below this many milliseconds nothing more is asked: what was found has to be told, and the function to end. */
const ENOUGH_MS = 10_000
/** Dates of 2,400 secrets, so that 10,000 are known half an hour after a deployment. It comes on top of what heals, which is done by then; a pass may take 300 s, and the next comes then. */
const LONGEST_MS = 120_000
/** ListSecretVersionIds takes 50 calls a second of the whole account, rotations included (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
const CALLS_PER_MINUTE = 20 * 60

/** Counts for as long as the process lives, and remembers when versions were created. `remaining`: milliseconds that the function may still run. */
export function censusTaker(given: CensusFunction): (signal: Signal, remaining: () => number) => Census {
  const memory = agesMemory()
  const { name, rotationFunctions } = given.environment
  const leftBehind = leftBehindBy(name, rotationFunctions)
  return (signal, remaining) =>
    census({ ...given, createdDates: given.createdDatesFor(signal), leftBehind, memory, remaining })
}

interface Taking extends Pick<CensusFunction, 'telemetry' | 'environment' | 'sleep'> {
  readonly createdDates: CreatedDates
  readonly leftBehind: LeftBehind
  readonly memory: AgesMemory
  readonly remaining: () => number
}

function census(given: Taking): Census {
  const { telemetry, environment, leftBehind } = given
  const isOurs = isOursAmong(environment.rotationFunctions)
  const ours = new Map<string, ListedSecret>()
  let unmanaged = 0
  return {
    see(secret) {
      if (secret.owningService !== undefined || isReplica(secret, environment.region)) return
      if (isOurs(secret) || leftBehind(secret)) ours.set(secret.arn, secret)
      else unmanaged += 1
    },
    async publish() {
      const now = telemetry.now()
      const { entries, isCut, failures } = await found(given, ours, now)
      const hasFailed = failures.length > A_FEW || failures.some(({ error }) => isThrottled(error))
      const known = isCut || hasFailed ? entries.filter(isAgeKnown) : entries
      tellAges(telemetry, environment.owners, known.flatMap(judgedBy(given, ours, now)), now)
      if (isCut) {
        telemetry.logger.warn(
          'census: cut for want of time; no figure is published, and the next pass goes on',
        )
        return { outcome: 'cut' }
      }
      if (hasFailed) throw gap(ours, failures)
      publishFigures(telemetry, figuresOf(entries, environment.owners, now), unmanaged)
      return { outcome: 'counted' }
    },
  }
}

interface Found {
  readonly entries: readonly Entry[]
  /** Something was not asked for want of time. */
  readonly isCut: boolean
  /** What kept ages from being found out and was no answer about one secret: the service, or the way there. */
  readonly failures: readonly Failure[]
}

interface Failure {
  /** ARN of the secret that was asked about. */
  readonly secret: string
  readonly error: unknown
}

/** So many calls may fail in a pass before that is a failure of the whole; one that was too many is so at once, and ends by itself. */
const A_FEW = 3

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
function isThrottled(error: unknown): boolean {
  return error instanceof OverlapError && /^(Throttl|TooManyRequests)/.test(`${error.detail.awsError}`)
}

async function found(given: Taking, ours: ReadonlyMap<string, ListedSecret>, now: number): Promise<Found> {
  const { environment, createdDates, leftBehind, memory, sleep, remaining } = given
  const endsAt = remaining() - LONGEST_MS
  const spare = () => remaining() - Math.max(ENOUGH_MS, endsAt)
  const calls = pace({ perMinute: CALLS_PER_MINUTE, now: given.telemetry.now, sleep, spare })
  const gone = new Set<string>()
  let isCut = false
  const failures: Failure[] = []
  const sources = {
    async *secrets() {
      yield* ours.values()
    },
    async createdDates(arn: string) {
      const secret = ours.get(arn)
      const left = secret && leftBehind(secret)
      if (left) throw left
      while (await calls.turn()) if (calls.take()) return createdDates(arn).catch(noted(arn))
      isCut = true
      throw new OverlapError('TIME_UP', 'there was no time to ask when its versions were created')
    },
  }
  const noted = (arn: string) => (error: unknown) => {
    const known = error instanceof OverlapError ? error : undefined
    const awsError = `${known?.detail.awsError}`
    // Deleted since it was listed.
    if (awsError === 'ResourceNotFoundException') gone.add(arn)
    else if (known?.code === 'TIME_UP') isCut = true
    else if (!ofOneSecret.test(awsError)) failures.push({ secret: arn, error })
    throw error
  }
  const judging = { ...environment, now, isOurs: () => true, ownerTags: [], exact: true, leftBehind }
  const entries: Entry[] = []
  for await (const entry of secretEntries(sources, judging, memory))
    if (!gone.has(entry.id)) entries.push(entry)
  return { entries, isCut, failures }
}

/** By the secret's own thresholds, and by the sweep's own rule. */
function judgedBy(
  { environment, leftBehind }: Taking,
  ours: ReadonlyMap<string, ListedSecret>,
  now: number,
): (entry: Entry) => readonly Judged[] {
  return (entry) => {
    const secret = ours.get(entry.id)
    if (secret === undefined) return []
    const thresholds = thresholdsFor(secret, { ...environment, isOurs: () => true })
    const isVisited = leftBehind(secret) === undefined
    return [
      { entry, thresholds, awaitsFirstRun: isVisited && hasRunToCome(secret, environment.deployment, now) },
    ]
  }
}

function hasRunToCome(secret: ListedSecret, deployment: Deployment, now: number): boolean {
  try {
    const sight = sightOf(secret, deployment, now)
    return sight.hold === undefined && awaitsFirstRun(sight)
  } catch (error) {
    // By a tag that cannot be read nothing is run.
    if (error instanceof OverlapError) return false
    throw error
  }
}

/** What Secrets Manager answers about one secret, and may answer for ever; it says nothing of the next. */
const ofOneSecret = /^(AccessDenied|InvalidRequest|InvalidParameter)/

function isAgeKnown({ states }: Entry): boolean {
  return !states.includes('AGE_UNKNOWN')
}

/** Of the whole census, for one of those that could not be asked about. */
function gap(ours: ReadonlyMap<string, ListedSecret>, failures: readonly Failure[]): OverlapError {
  const causes = failures.flatMap(({ secret, error }) =>
    error instanceof OverlapError ? [{ secret, error }] : [],
  )
  const [first] = causes
  const { secret } = first ?? failures[0] ?? { secret: '' }
  const why = first && `: ${first.error.code}: ${first.error.message}`
  const failure = causes.at(-1)?.error
  return new OverlapError(
    failure?.code ?? 'SECRETS_MANAGER_FAILED',
    `how old ${failures.length} of ${ours.size} secrets are could not be found out, so no figure is published. Of ${ours.get(secret)?.name}${why ?? ''}`,
    { detail: { ...failure?.detail, secret, unknown: failures.length } },
  )
}

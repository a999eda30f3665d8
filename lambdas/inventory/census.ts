/**
 * How old the credentials are that a deployment rotates, as a whole pass of the sweep tells it: gauges, which alarms and the dashboard show, and a line for each
 * credential that is due or stale, from which the alarm's message names it.
 *
 * Gotchas
 * - It asks about the deployment's own secrets alone. Of all others it counts those that nobody rotates.
 * - A figure over a part would be smaller and look like an improvement, so a census that was cut, or failed as a whole, publishes no figure at all: the alarms
 *   take that for breaching. Its lines are of what is known.
 * - A secret whose age cannot be found out, perhaps for ever, is no reason to measure none: it counts as due and stale, and its line says so.
 * - It comes after what heals and rotates and takes no more than is left over: slowly, not for long, and never from the time that a pass needs for its end. What
 *   it had no time for, the next pass finds remembered.
 * - It holds nothing and changes nothing but that memory, so two at once say the same twice.
 */
import { OverlapError } from '../rotation/errors.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { SecretStore } from '../rotation/secret-store.ts'
import type { Census } from '../sweep/census.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { pace } from '../sweep/pace.ts'
import type { Deployment } from '../sweep/sight.ts'
import { type AgeLine, ageLine } from './age-line.ts'
import { type AgesMemory, agesMemory } from './ages-memory.ts'
import type { Entry, Thresholds } from './entry.ts'
import { figuresOf } from './figures.ts'
import { secretEntries } from './gather.ts'
import { publishFigures } from './gauges.ts'
import { isReplica } from './judge.ts'
import { isOursAmong, isOverlaps } from './ours.ts'
import { ordered } from './report-order.ts'
import { thresholdsFor } from './thresholds.ts'

/** What a deployment counts, and by what it judges. */
export interface CensusEnvironment {
  readonly deployment: Deployment
  /** ARNs of its rotation functions. */
  readonly rotationFunctions: ReadonlySet<string>
  readonly thresholds: Thresholds
  /** Those that have figures of their own. */
  readonly owners: readonly string[]
  readonly region: string
}

type Signal = () => AbortSignal

export interface CensusFunction {
  readonly telemetry: Telemetry
  readonly environment: CensusEnvironment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly storeFor: (signal: Signal) => Pick<SecretStore, 'createdDates'>
  readonly sleep: (ms: number) => Promise<void>
}

/** Below this many milliseconds nothing more is asked: what was found has to be told, and the function to end. */
const ENOUGH_MS = 10_000
/** Somebody whose label has moved may wait for the function. */
const LONGEST_MS = 30_000
/** ListSecretVersionIds takes 50 calls a second of the whole account, rotations included (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
const CALLS_PER_MINUTE = 20 * 60

/** Counts for as long as the process lives, and remembers when versions were created. `remaining`: milliseconds that the function may still run. */
export function censusTaker(given: CensusFunction): (signal: Signal, remaining: () => number) => Census {
  const memory = agesMemory()
  return (signal, remaining) => {
    const { createdDates } = given.storeFor(signal)
    return census({ ...given, createdDates, memory, remaining })
  }
}

interface Taking extends Pick<CensusFunction, 'telemetry' | 'environment' | 'sleep'> {
  readonly createdDates: SecretStore['createdDates']
  readonly memory: AgesMemory
  readonly remaining: () => number
}

function census(given: Taking): Census {
  const { telemetry, environment } = given
  const isOurs = isOursAmong(environment.rotationFunctions)
  const ours = new Map<string, ListedSecret>()
  let unmanaged = 0
  return {
    see(secret) {
      if (secret.owningService !== undefined || isReplica(secret, environment.region)) return
      if (isOurs(secret)) ours.set(secret.arn, secret)
      else if (!isOverlaps(secret)) unmanaged += 1
    },
    async publish() {
      const now = telemetry.now()
      const { entries, isCut, failures } = await found(given, ours, now)
      const hasFailed = failures.length > A_FEW || failures.some(isThrottled)
      tellAges(given, isCut || hasFailed ? entries.filter(isAgeKnown) : entries, ours, now)
      if (isCut) {
        telemetry.logger.warn(
          'census: cut for want of time; no figure is published, and the next pass goes on',
        )
        return { outcome: 'cut' }
      }
      if (hasFailed) throw gap(entries, failures)
      const { total, owners } = figuresOf(entries, environment.owners, now)
      publishFigures(telemetry, { total: { ...total, unmanaged }, owners })
      return { outcome: 'counted' }
    },
  }
}

interface Found {
  readonly entries: readonly Entry[]
  /** Something was not asked for want of time. */
  readonly isCut: boolean
  /** What kept ages from being found out and was no answer about one secret: the service, or the way there. */
  readonly failures: readonly unknown[]
}

/** So many calls may fail in a pass before that is a failure of the whole; one that was too many is so at once, and ends by itself. */
const A_FEW = 3

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
function isThrottled(error: unknown): boolean {
  return error instanceof OverlapError && /^(Throttl|TooManyRequests)/.test(`${error.detail.awsError}`)
}

async function found(given: Taking, ours: ReadonlyMap<string, ListedSecret>, now: number): Promise<Found> {
  const { environment, createdDates, memory, sleep, remaining } = given
  const endsAt = remaining() - LONGEST_MS
  const spare = () => remaining() - Math.max(ENOUGH_MS, endsAt)
  const calls = pace({ perMinute: CALLS_PER_MINUTE, now: given.telemetry.now, sleep, spare })
  const gone = new Set<string>()
  let isCut = false
  const failures: unknown[] = []
  const sources = {
    async *secrets() {
      yield* ours.values()
    },
    async createdDates(arn: string) {
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
    else if (!ofOneSecret.test(awsError)) failures.push(error)
    throw error
  }
  const judging = { ...environment, now, isOurs: () => true, ownerTags: [], exact: true }
  const entries: Entry[] = []
  for await (const entry of secretEntries(sources, judging, memory))
    if (!gone.has(entry.id)) entries.push(entry)
  return { entries, isCut, failures }
}

/** What Secrets Manager answers about one secret, and may answer for ever; it says nothing of the next. */
const ofOneSecret = /^(AccessDenied|InvalidRequest|InvalidParameter)/

function isAgeKnown({ states }: Entry): boolean {
  return !states.includes('AGE_UNKNOWN')
}

/** Each is a line in every pass. */
const MOST_LINES = 100

/** Stalest first, then those of no known age. For each alarm that may ring, and for what nobody knows, there is one line at least, however many of others there are. */
function tellAges(
  { telemetry, environment }: Taking,
  entries: readonly Entry[],
  ours: ReadonlyMap<string, ListedSecret>,
  now: number,
): void {
  const lines = ordered(entries, 'state', false).flatMap((entry): readonly AgeLine[] => {
    const secret = ours.get(entry.id)
    const line = secret && ageLine(entry, thresholdsFor(secret, { ...environment, isOurs: () => true }), now)
    return line === undefined ? [] : [line]
  })
  const isFirst: readonly ((line: AgeLine) => boolean)[] = [
    ({ outcome }) => outcome === 'stale',
    ({ outcome }) => outcome === 'due',
    ({ reason }) => reason === 'AGE_UNKNOWN',
  ]
  const firsts = [undefined, ...environment.owners].flatMap((name) =>
    isFirst.flatMap(
      (is) => lines.find((line) => is(line) && (name === undefined || line.owner === name)) ?? [],
    ),
  )
  const told = new Set([...new Set([...firsts, ...lines])].slice(0, MOST_LINES))
  for (const line of lines) if (told.has(line)) telemetry.logger.warn(`age: ${line.outcome}`, { ...line })
  if (told.size < lines.length)
    telemetry.logger.warn(
      `census: ${lines.length - told.size} more secrets are due or stale, or of an age that is not known`,
    )
}

/** Of the whole census, for one of those whose age is not known. */
function gap(entries: readonly Entry[], failures: readonly unknown[]): OverlapError {
  const unknown = entries.filter((entry) => !isAgeKnown(entry))
  const [first] = unknown
  const failure = failures.findLast((error) => error instanceof OverlapError)
  return new OverlapError(
    failure?.code ?? 'SECRETS_MANAGER_FAILED',
    `how old ${unknown.length} of ${entries.length} secrets are could not be found out, so no figure is published. Of ${first?.name}: ${first?.reason}: ${first?.because}`,
    { detail: { ...failure?.detail, secret: first?.id ?? '', unknown: unknown.length } },
  )
}

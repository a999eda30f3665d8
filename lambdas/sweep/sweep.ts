/**
 * The sweep: observe, decide, act, every few minutes, at the times of the deployment's schedules, and when a label has moved.
 *
 *   nominate     a listing, minutes late, says which secrets are worth a visit
 *   gather       DescribeSecret decides; what costs more is asked for only when it matters: consumers, who uses what drains, what that proves
 *   nextAction   pure: one action for what was gathered
 *   act          the retire function disables; the sweep itself only writes its own tag, asks for rotations, and tidies labels
 *   census       last: how old the credentials of all secrets are, which alarms and the dashboard show
 *
 * A secret's life, as passes see it: its plan is recorded; at a time of its schedule a rotation is requested; AWSPENDING is noted, and resumed or
 * given up when it does not finish; consumers are brought to the new version; the one before it goes unused for its drain, is disabled on proof, put back if somebody
 * needs it, and removed after its quarantine; and again.
 *
 * Gotchas
 * - Level-triggered: a lost event, a crash or a second sweep beside this one changes nothing, since the next pass sees the same state. That holds for
 *   schedules, too: they only wake a pass at the right moment, and each pass works out for itself what is due.
 * - It acts only on secrets whose rotation function is this deployment's, and one secret's failure never ends the pass.
 * - A function that answers with an error means "unknown": the drain goes on, and so does what does not depend on it.
 * - A state without `off` means that what drains works, whatever was cut off: each pass past a drain that does not end puts it back.
 * - A value that somebody stored or promoted by hand is asked about until it is known to work, with an event or without.
 * - What leaked goes first, and is decided without any other tag.
 * - A drain counts from the last change of the secret, whatever it was, so while one is counted the sweep writes nothing that can wait.
 * - Of a key the last use is told, and late: it is news once, and a drain is as much longer as that may be late.
 * - A key that a crash lost is reclaimed as long as its rotation waits, whose AWSPENDING is all that leads to it: that stays until nothing is lost any more.
 * - On hold nothing is requested, resumed or retired. AWSCURRENT is made to work all the same, and clocks start and stop.
 * - Rotations are requested at an even pace, beside everything else and not before it: what heals never waits for what begins.
 */
import { OverlapError } from '../rotation/errors.ts'
import { count, observed } from '../rotation/observed.ts'
import type { Census } from './census.ts'
import type { ListedSecret } from './listed-secret.ts'
import { nominationOf } from './nomination.ts'
import { type Pace, pace } from './pace.ts'
import { isAtRest } from './rest.ts'
import { isUnsettled } from './settled.ts'
import { untouched, type Visited, visit, workOn } from './visit.ts'
import type { Visiting } from './visiting.ts'

export interface Sweep extends Omit<Visiting, 'pace'> {
  readonly census: Census
  readonly requestsPerMinute: number
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that the function may still run. */
  readonly remaining: () => number
}

export interface Pass {
  /** Secrets that were looked at. */
  readonly seen: number
  /** Of these, those where something failed or was deferred by the retire function. */
  readonly failed: number
  /** Of these, those that should have been rotated. */
  readonly overdue: number
  /** Of these, those about which it is time to tell. */
  readonly news: number
  /** Of these, those where a replaced credential is not retired, and does not go by itself. */
  readonly stuck: number
  /** Of these, those about which it is time to tell. */
  readonly stuckNews: number
  /** Secrets for which there was no time; the next pass begins elsewhere. */
  readonly left: number
}

/** Below this many milliseconds no further secret is begun: a retirement needs time to be done properly. */
const ENOUGH_MS = 15_000

/** Every secret of the deployment that is worth a visit. Rejects with OverlapError when the secrets cannot be listed. */
export async function sweep(given: Sweep): Promise<Pass> {
  const atOnce: string[] = []
  const inTurn: string[] = []
  for await (const secret of given.catalog.list()) {
    given.census.see(secret)
    if (!given.retirers.has(secret.rotationFunction ?? '')) continue
    if (isResting(given, secret)) continue
    const nomination = nominationOf(secret, given.deployment, given.now())
    const isWanted = nomination === undefined && isUnsettled(given.memory, secret, given.now())
    if (nomination === 'at once' || isWanted) atOnce.push(secret.arn)
    if (nomination === 'in turn') inTurn.push(secret.arn)
  }
  const visiting = { ...given, pace: paceOf(given) }
  const visits: Visited[] = []
  const goThrough = async (secretIds: readonly string[], mayGoOn: () => Promise<boolean>) => {
    for (const secretId of fromElsewhere(secretIds, given.now())) {
      if (!(await mayGoOn())) return
      visits.push(await describeAndVisit(visiting, secretId, ['ResourceNotFoundException'], false))
    }
  }
  await Promise.all([
    goThrough(atOnce, async () => given.remaining() >= ENOUGH_MS),
    goThrough(inTurn, visiting.pace.turn),
  ])
  const pass = passOf(visits, atOnce.length + inTurn.length)
  publish(given, pass)
  await takeCensus(given)
  return pass
}

function isResting({ memory, deployment, now }: Sweep, secret: ListedSecret): boolean {
  const rememberedOf = (version: string) => memory.of(secret.arn, version)
  return isAtRest(secret, rememberedOf, deployment.sampleEverySeconds, now())
}

/** One secret, whose labels have moved. Events tell of every secret of the account, so one that may not be read is somebody else's. */
export async function sweepOne(given: Sweep, secretId: string): Promise<Pass> {
  const visiting = { ...given, pace: paceOf(given) }
  const nobodys = ['ResourceNotFoundException', 'AccessDeniedException']
  return passOf([await describeAndVisit(visiting, secretId, nobodys, true)], 1)
}

/** `nobodys`: what the service answers where there is nothing to do. */
async function describeAndVisit(
  visiting: Visiting,
  secretId: string,
  nobodys: readonly string[],
  labelMoved: boolean,
): Promise<Visited> {
  try {
    return await visit(visiting, await visiting.store.describe(secretId), labelMoved)
  } catch (error) {
    if (error instanceof OverlapError && nobodys.includes(String(error.detail.awsError))) return untouched
    await observed(visiting.telemetry, workOn(secretId), () => Promise.reject(error)).catch(() => undefined)
    return { ...untouched, failed: true }
  }
}

function paceOf({ requestsPerMinute, now, sleep, remaining }: Sweep): Pace {
  return pace({ perMinute: requestsPerMinute, now, sleep, spare: () => remaining() - ENOUGH_MS })
}

function passOf(visits: readonly Visited[], nominated: number): Pass {
  const howMany = (what: keyof Visited) => visits.filter((visited) => visited[what]).length
  return {
    seen: visits.length,
    failed: howMany('failed'),
    overdue: howMany('overdue'),
    news: howMany('news'),
    stuck: howMany('stuck'),
    stuckNews: howMany('stuckNews'),
    left: nominated - visits.length,
  }
}

/** Five metrics of a whole pass. One that came to no secret gives no sign of life; one that left some out knows of no `0`. */
function publish({ telemetry }: Sweep, pass: Pass): void {
  if (pass.left > 0)
    telemetry.logger.warn('sweep: cut for want of time; the next pass begins elsewhere', { ...pass })
  if (pass.seen > 0 || pass.left === 0) count(telemetry, 'Heartbeat', 1)
  const told = {
    Overdue: pass.overdue,
    OverdueNews: pass.news,
    Stuck: pass.stuck,
    StuckNews: pass.stuckNews,
  } as const
  for (const name of Object.keys(told) as (keyof typeof told)[])
    if (told[name] > 0 || pass.left === 0) count(telemetry, name, told[name])
}

/**
 * What fails here is a warning in the log, and the pass has done all the same what it did. It is no failure: no rotation failed, and the alarm on those would ring and
 * end with every pass. That figures are missing has an alarm of its own.
 */
async function takeCensus({ telemetry, census }: Sweep): Promise<void> {
  const work = { kind: 'sweep', step: 'census', secret: '', version: '' }
  await observed(telemetry, work, () => census.publish(), 'unfinished').catch(() => undefined)
}

const MINUTE_MS = 60_000
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/**
 * The same secrets, begun at another one in every pass, so that a few that take all the time cannot keep the rest waiting for ever. Multiples
 * of an irrational number spread evenly, whatever the interval of the passes is.
 */
function fromElsewhere(secretIds: readonly string[], now: number): readonly string[] {
  const start = Math.floor((((now / MINUTE_MS) * GOLDEN_RATIO) % 1) * secretIds.length)
  return [...secretIds.slice(start), ...secretIds.slice(0, start)]
}

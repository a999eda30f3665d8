import type { Schedule } from '../../lambdas/sweep/due.ts'
import { encodeState, type SweepState } from '../../lambdas/sweep/state.ts'
import type { SeededSecret } from '../../sandbox/secrets-manager/server.ts'

/** Where the secrets that drain are on their way. Each is as frequent as the others. */
export const drains = ['rolling out', 'quiet', 'evidence lacking', 'quarantine'] as const
export type Drain = (typeof drains)[number]

export interface Account {
  /** A multiple of 400, so that there are as many of each drain. */
  readonly secrets: number
  /** Milliseconds since the epoch. */
  readonly now: number
  /** ARN of the rotation function. */
  readonly rotate: string
  /** The one that is called `weekly`. */
  readonly schedule: Schedule
}

/** One in a hundred. */
export const draining = (secrets: number): number => secrets / 100

export const CONSUMERS = ['ecs:shop/checkout', 'lambda:invoices']

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What a rotation of a while ago has left. Milliseconds since the epoch. */
interface Past {
  readonly rotated: number
  readonly changed: number
  readonly state: Omit<NonNullable<SweepState['drain']>, 'version'>
  readonly drains: boolean
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * An account of which this deployment rotates every secret, at its schedule, so that no rotation is due: of one in a hundred the version before is on its way out, and the
 * others are at rest. All of it is as the sweep itself would have left it.
 */
export function* seeds({ secrets, now, rotate, schedule }: Account): Generator<SeededSecret> {
  const plan = { digest: schedule.digest, from: now - 50 * DAY_MS }
  const run = schedule.latest(now) ?? now
  const created = now - 400 * DAY_MS
  for (let n = 0; n < secrets; n++) {
    const past = n % 100 === 55 ? onItsWay(drains[Math.floor(n / 100) % drains.length], now) : atRest(run, n)
    const [before, current] = [versionId(n, 'a'), versionId(n, 'b')]
    yield {
      name: `team-${n % 20}/service-${n}`,
      secretString: 'opens nothing',
      description: 'PostgreSQL user of a service, as anybody would describe it',
      created,
      rotated: past.rotated,
      changed: past.changed,
      rotation: { functionArn: rotate, automaticallyAfterDays: 90 },
      versions: [
        { id: before, labels: ['AWSPREVIOUS', ...(past.drains ? ['DRAINING'] : [])], created },
        { id: current, labels: ['AWSCURRENT'], created: past.rotated - MINUTE_MS },
      ],
      tags: {
        'overlap:owner': `team-${n % 20}`,
        'overlap:mode': 'enforce',
        'overlap:schedule': 'weekly',
        'overlap:consumers': CONSUMERS.join(' '),
        'overlap:state': encodeState({ plan, drain: { version: before, ...past.state } }),
        'cost-center': String(1_000 + (n % 7)),
        ...past.tags,
      },
    }
  }
}

/** Replaced by the schedule's latest run (ms since the epoch), and gone by the usual time. */
function atRest(run: number, n: number): Past {
  const rotated = run + n * 1000
  const since = rotated + 5 * MINUTE_MS
  const off = since + 25 * HOUR_MS
  return {
    rotated,
    changed: off + 48 * HOUR_MS,
    state: { since, rolled: since + 10 * MINUTE_MS, off },
    drains: false,
  }
}

function onItsWay(drain: Drain | undefined, now: number): Past {
  const ago = (hours: number) => now - hours * HOUR_MS
  switch (drain) {
    case 'rolling out':
      return { rotated: ago(0.25), changed: ago(0.1), state: { since: ago(0.1) }, drains: true }
    case 'quiet':
      return { rotated: ago(3), changed: ago(2), state: { since: ago(3), rolled: ago(2) }, drains: true }
    case 'quarantine':
      return {
        rotated: ago(27),
        changed: ago(1),
        state: { since: ago(27), rolled: ago(26), off: ago(1) },
        drains: true,
      }
    default:
      return {
        rotated: ago(1.5),
        changed: ago(1.25),
        state: { since: ago(1.5), rolled: ago(1.25) },
        drains: true,
        tags: { 'overlap:drain': '1h', 'overlap:evidence': 'logged' },
      }
  }
}

/** In the form of a UUID. */
function versionId(n: number, which: 'a' | 'b'): string {
  return `${String(n).padStart(8, '0')}-0000-4000-8000-00000000000${which}`
}

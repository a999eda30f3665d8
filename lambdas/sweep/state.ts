import { createHash } from 'node:crypto'
import type { SecretDescription } from '../rotation/secret-store.ts'

/**
 * What the sweep has seen of a secret, kept in its tag `overlap:state`. Clocks start at the sweep's own first sight: a version's
 * CreatedDate precedes its promotion, so it would end a drain too early.
 *
 * Format: `v=1 draining=VERSION since=ISO pending=VERSION waiting=ISO plan=DIGEST from=ISO`, every field but `v` optional, unknown ones left alone by
 * readers; only characters that a tag value may hold, and fewer than its 256. A version id may hold any character, and 64 of them: what is not as
 * short and plain as a UUID is written as a digest.
 */
export interface SweepState {
  /**
   * The version whose drain this is, and when the sweep first saw it replaced (ms since the epoch). It stays when that was retired: should somebody roll
   * back to it, labels alone do not tell that it has to be made to work again.
   */
  readonly drain?: { readonly version: string; readonly since: number }
  /** An AWSPENDING version that is not AWSCURRENT, and when the sweep first saw it (ms since the epoch). */
  readonly pending?: { readonly version: string; readonly since: number }
  /** The digest of the schedule that the sweep has seen in force, and since when (ms since the epoch). */
  readonly plan?: { readonly digest: string; readonly from: number }
}

export const STATE_TAG = 'overlap:state'

/** Two clocks that are right may differ by this much. */
export const SKEW_MS = 5 * 60_000

/**
 * As read at `now` (ms since the epoch). Knows only versions that still have a label: nothing is done for any other. An unreadable or newer state is no
 * state, and a time that is yet to come is none either, since whoever wrote it had a wrong clock: clocks start again, which only makes a drain longer, and
 * the schedule is seen for the first time, which makes up for no run.
 */
export function stateOf(secret: Pick<SecretDescription, 'tags' | 'versions'>, now: number): SweepState {
  const fields = new Map(
    (secret.tags.get(STATE_TAG) ?? '')
      .split(' ')
      .map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  )
  if (fields.get('v') !== '1') return {}
  const labelled = new Map([...secret.versions.keys()].map((id) => [written(id), id]))
  const moment = (field: string) => {
    const at = Date.parse(fields.get(field) ?? '')
    return Number.isNaN(at) || at > now + SKEW_MS ? undefined : at
  }
  const clock = (versionField: string, timeField: string) => {
    const version = labelled.get(fields.get(versionField) ?? '')
    const since = moment(timeField)
    return version === undefined || since === undefined ? undefined : { version, since }
  }
  const drain = clock('draining', 'since')
  const pending = clock('pending', 'waiting')
  const [digest, from] = [fields.get('plan') ?? '', moment('from')]
  const plan = /^[0-9a-f]{8}$/.test(digest) && from !== undefined ? { digest, from } : undefined
  return { ...(drain ? { drain } : {}), ...(pending ? { pending } : {}), ...(plan ? { plan } : {}) }
}

export function encodeState({ drain, pending, plan }: SweepState): string {
  const iso = (ms: number) => new Date(ms).toISOString()
  return [
    'v=1',
    ...(drain ? [`draining=${written(drain.version)}`, `since=${iso(drain.since)}`] : []),
    ...(pending ? [`pending=${written(pending.version)}`, `waiting=${iso(pending.since)}`] : []),
    ...(plan ? [`plan=${plan.digest}`, `from=${iso(plan.from)}`] : []),
  ].join(' ')
}

const plain = /^[A-Za-z0-9-]{1,36}$/

/** A digest begins with a character that no plain id has, so the two never meet. */
function written(versionId: string): string {
  return plain.test(versionId) ? versionId : `@${createHash('sha256').update(versionId).digest('base64url')}`
}

/**
 * What the sweep has seen of a secret, kept in its tag `overlap:state`. Clocks start at the sweep's own first sight: a version's
 * CreatedDate precedes its promotion, so it would end a drain too early.
 *
 * Format: `v=1 draining=VERSION since=ISO seen=ISO pending=VERSION waiting=ISO`, every field but `v` optional; only characters that a tag
 * value may hold, and fewer than its 256.
 */
export interface SweepState {
  /** The version whose drain this is, and when the sweep first saw it replaced (ms since the epoch). */
  readonly drain?: { readonly version: string; readonly since: number; readonly seen?: number }
  /** An AWSPENDING version that is not AWSCURRENT, and when the sweep first saw it (ms since the epoch). */
  readonly pending?: { readonly version: string; readonly since: number }
}

export const STATE_TAG = 'overlap:state'

/** An unreadable or newer state is no state: clocks start again, which only makes a drain longer. */
export function decodeState(text: string | undefined): SweepState {
  const fields = new Map(
    (text ?? '').split(' ').map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  )
  if (fields.get('v') !== '1') return {}
  const time = (name: string) => {
    const ms = Date.parse(fields.get(name) ?? '')
    return Number.isNaN(ms) ? undefined : ms
  }
  const draining = fields.get('draining')
  const since = time('since')
  const seen = time('seen')
  const pending = fields.get('pending')
  const waiting = time('waiting')
  return {
    ...(draining !== undefined && since !== undefined
      ? { drain: { version: draining, since, ...(seen === undefined ? {} : { seen }) } }
      : {}),
    ...(pending !== undefined && waiting !== undefined
      ? { pending: { version: pending, since: waiting } }
      : {}),
  }
}

export function encodeState({ drain, pending }: SweepState): string {
  const iso = (ms: number) => new Date(ms).toISOString()
  return [
    'v=1',
    ...(drain ? [`draining=${drain.version}`, `since=${iso(drain.since)}`] : []),
    ...(drain?.seen === undefined ? [] : [`seen=${iso(drain.seen)}`]),
    ...(pending ? [`pending=${pending.version}`, `waiting=${iso(pending.since)}`] : []),
  ].join(' ')
}

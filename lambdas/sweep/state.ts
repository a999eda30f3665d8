import { createHash } from 'node:crypto'
import { versionInTag } from '../rotation/leaked.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'

/**
 * What the sweep has seen of a secret, kept in its tag `overlap:state`. Clocks start at the sweep's own first sight: a version's
 * CreatedDate precedes its promotion, so it would end a drain too early.
 *
 * Format: `v=1 draining=VERSION since=ISO rolled=ISO seen=ISO off=ISO works=y pending=VERSION waiting=ISO plan=DIGEST from=ISO`, every field but `v` optional,
 * unknown ones left alone by readers; only characters that a tag value may hold, and fewer than its 256: instants are whole seconds, and `seen` is not written
 * beside `off`, nor `works` without it. Behind `seen`, `+SECONDS` says how much later it was written down. Versions are written as all tags have them.
 */
export interface SweepState {
  /** It stays when its version was retired: should somebody roll back to that, labels alone do not tell that it has to be made to work again. */
  readonly drain?: Drain
  /** An AWSPENDING version that is not AWSCURRENT, and when the sweep first saw it (ms since the epoch). */
  readonly pending?: { readonly version: string; readonly since: number }
  /** The digest of the schedule that the sweep has seen in force, and since when (ms since the epoch). */
  readonly plan?: { readonly digest: string; readonly from: number }
}

/** How far a replaced version is on its way out. Milliseconds since the epoch. Without `off` its credential works. */
export interface Drain {
  readonly version: string
  /** When the sweep first saw it replaced. */
  readonly since: number
  /** When every declared consumer was first seen on the version after it. */
  readonly rolled?: number
  /** When it was last seen in use, after that. */
  readonly seen?: number
  /** When that was written down, where a log of logins told of it long after. That change of the secret is nobody else's. */
  readonly noted?: number
  /** When it was disabled. */
  readonly off?: number
  /** Its target cannot disable: at `off` it was found unused, and it works until it is removed. */
  readonly works?: true
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
  const labelled = new Map(
    [...secret.versions.keys()].flatMap((id) => formsOf(id).map((form) => [form, id] as const)),
  )
  const past = (at: number) => (Number.isNaN(at) || at > now + SKEW_MS ? undefined : at)
  const moment = (field: string) => past(Date.parse(fields.get(field) ?? ''))
  const clock = (versionField: string, timeField: string) => {
    const version = labelled.get(fields.get(versionField) ?? '')
    const since = moment(timeField)
    return version === undefined || since === undefined ? undefined : { version, since }
  }
  const drain = clock('draining', 'since')
  const [rolled, off] = [moment('rolled'), moment('off')]
  const [, seenAt = '', later] = /^([^+]*)(?:\+(\d{1,8}))?$/.exec(fields.get('seen') ?? '') ?? []
  const seen = past(Date.parse(seenAt))
  const noted = seen === undefined || later === undefined ? undefined : past(seen + Number(later) * 1000)
  const pending = clock('pending', 'waiting')
  const [digest, from] = [fields.get('plan') ?? '', moment('from')]
  const plan = /^[0-9a-f]{8}$/.test(digest) && from !== undefined ? { digest, from } : undefined
  const progress = {
    ...(rolled === undefined ? {} : { rolled }),
    ...(seen === undefined || off !== undefined ? {} : { seen }),
    ...(noted === undefined || off !== undefined ? {} : { noted }),
    ...(off === undefined ? {} : { off }),
    ...(off === undefined || fields.get('works') !== 'y' ? {} : { works: true as const }),
  }
  return {
    ...(drain ? { drain: { ...drain, ...progress } } : {}),
    ...(pending ? { pending } : {}),
    ...(plan ? { plan } : {}),
  }
}

export function encodeState({ drain, pending, plan }: SweepState): string {
  return [
    'v=1',
    ...(drain ? [`draining=${versionInTag(drain.version)}`, `since=${iso(drain.since)}`] : []),
    ...(drain?.rolled === undefined ? [] : [`rolled=${iso(drain.rolled)}`]),
    ...(drain?.seen === undefined || drain.off !== undefined
      ? []
      : [`seen=${iso(drain.seen)}${later(drain.seen, drain.noted)}`]),
    ...(drain?.off === undefined ? [] : [`off=${iso(drain.off)}`, ...(drain.works ? ['works=y'] : [])]),
    ...(pending ? [`pending=${versionInTag(pending.version)}`, `waiting=${iso(pending.since)}`] : []),
    ...(plan ? [`plan=${plan.digest}`, `from=${iso(plan.from)}`] : []),
  ].join(' ')
}

function later(seen: number, noted = seen): string {
  const seconds = Math.ceil(noted / 1000) - Math.ceil(seen / 1000)
  return seconds > 0 && seconds < 1e8 ? `+${seconds}` : ''
}

/** In whole seconds, rounded up: a clock may start a moment later than what it counts from, and never before. */
function iso(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** As it is written, and, where that is a digest, as earlier releases wrote it: with the whole of it. */
function formsOf(versionId: string): readonly string[] {
  const form = versionInTag(versionId)
  if (form === versionId) return [form]
  return [form, `@${createHash('sha256').update(versionId).digest('base64url')}`]
}

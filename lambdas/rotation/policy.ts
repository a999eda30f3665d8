import { OverlapError } from './errors.ts'

/**
 * What a secret's `overlap:` tags say about its life. Tags hold letters, digits, spaces and `+ - = . _ : / @`, 256 characters at most
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
 */
export interface Policy {
  /** Who is told about this secret; undefined when nobody is named. */
  readonly owner: string | undefined
  /** Name of a schedule of the deployment; undefined: nothing asks for rotations but people, and Secrets Manager at the maximum age. */
  readonly schedule: string | undefined
  /** Seconds since its last rotation after which a secret is overdue. Default 90 days. */
  readonly maxAgeSeconds: number
  /** Seconds that the replaced credential stays valid after the sweep first saw it replaced. Default 24 h. */
  readonly drainSeconds: number
  /** `observe`, the default: rotated and watched, and nothing is disabled. */
  readonly mode: Mode
}

const modes = ['observe', 'enforce'] as const
export type Mode = (typeof modes)[number]

export const DEFAULT_DRAIN_SECONDS = 24 * 3600
const DEFAULT_MAX_AGE_SECONDS = 90 * 86_400

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A duration as people write it in a tag: `90s`, `30m`, `24h`, `2d`. Seconds, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim())
  const unit = unitSeconds[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : undefined
}

type Tags = ReadonlyMap<string, string>

/** Throws `POLICY_INVALID` naming the tag. `floorSeconds` is the deployment's: a tag may lengthen a drain, never shorten it below that. */
export function parsePolicy(tags: Tags, floorSeconds: number): Policy {
  const maxAgeSeconds = tagDuration(tags, 'overlap:max-age', DEFAULT_MAX_AGE_SECONDS)
  if (maxAgeSeconds === 0) throw invalid('overlap:max-age', 'longer than nothing, such as 90d')
  return {
    owner: tagText(tags, 'overlap:owner'),
    schedule: tagText(tags, 'overlap:schedule'),
    maxAgeSeconds,
    drainSeconds: Math.max(tagDuration(tags, 'overlap:drain', DEFAULT_DRAIN_SECONDS), floorSeconds),
    mode: tagMode(tags),
  }
}

function tagMode(tags: Tags): Mode {
  const value = tags.get('overlap:mode')
  if (value === undefined) return 'observe'
  const mode = modes.find((known) => known === value)
  if (mode === undefined) throw invalid('overlap:mode', modes.join(' or '))
  return mode
}

function tagDuration(tags: Tags, name: string, fallback: number): number {
  const value = tags.get(name)
  if (value === undefined) return fallback
  const seconds = parseDuration(value)
  if (seconds === undefined) throw invalid(name, 'a whole number and a unit, such as 90s, 30m, 24h or 2d')
  return seconds
}

/** An empty tag may be a name that somebody meant to fill in, so it is not taken for none. */
function tagText(tags: Tags, name: string): string | undefined {
  const value = tags.get(name)
  if (value?.trim() === '') throw invalid(name, 'absent, or not empty')
  return value
}

/** Reads a tag that is `true` or `false`; absent is false. Throws `POLICY_INVALID`. */
export function tagFlag(tags: Tags, name: string): boolean {
  const value = tags.get(name)
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw invalid(name, 'true or false')
}

function invalid(tag: string, expected: string): OverlapError {
  return new OverlapError('POLICY_INVALID', `tag ${tag} must be ${expected}`)
}

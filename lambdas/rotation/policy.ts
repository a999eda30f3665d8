import { OverlapError } from './errors.ts'

/**
 * What a secret's `overlap:` tags say. Tags hold letters, digits, spaces and `+ - = . _ : / @`, 256 characters at most
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
 */
export interface Policy {
  /** Seconds that the replaced credential stays valid after the sweep first saw it replaced. Default 24 h. */
  readonly drainSeconds: number
}

export const DEFAULT_DRAIN_SECONDS = 24 * 3600

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A duration as people write it in a tag: `90s`, `30m`, `24h`, `2d`. Seconds, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim())
  const unit = unitSeconds[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : undefined
}

/** Throws `POLICY_INVALID` naming the tag. `floorSeconds` is the deployment's: a tag may lengthen a drain, never shorten it below that. */
export function parsePolicy(tags: ReadonlyMap<string, string>, floorSeconds: number): Policy {
  const drain = tags.get('overlap:drain')
  const seconds = drain === undefined ? DEFAULT_DRAIN_SECONDS : parseDuration(drain)
  if (seconds === undefined)
    throw new OverlapError(
      'POLICY_INVALID',
      'tag overlap:drain must be a whole number and a unit, such as 90s, 30m, 24h or 2d',
    )
  return { drainSeconds: Math.max(seconds, floorSeconds) }
}

/** Reads a tag that is `true` or `false`; absent is false. Throws `POLICY_INVALID`. */
export function tagFlag(tags: ReadonlyMap<string, string>, name: string): boolean {
  const value = tags.get(name)
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw new OverlapError('POLICY_INVALID', `tag ${name} must be true or false`)
}

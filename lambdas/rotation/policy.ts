import { type Consumer, parseConsumers } from '../rollout/consumer.ts'
import { OverlapError } from './errors.ts'
import { leastLagOf, mints } from './minting.ts'

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
  /**
   * Seconds for which the replaced credential must go unused, as far as is known, before it is disabled: default 24 h, and `lagSeconds` more, since what was used at the end
   * of a drain may be told so late. 0 is a swap, and stays that.
   */
  readonly drainSeconds: number
  /** Seconds; the deployment's, which no tag shortens a drain below. */
  readonly drainFloorSeconds: number
  /**
   * How late a use may be told, in seconds. 0 where a look sees who is connected now. Where the target tells only the last use: 24 h by default, at least 4 h for access keys
   * of IAM.
   */
  readonly lagSeconds: number
  /** Seconds that the replaced credential stays disabled, so that it can be put back, before its place is given away. Default 48 h; 0 where the drain is 0. */
  readonly quarantineSeconds: number
  /** `observe`, the default: rotated and watched, and nothing is disabled. */
  readonly mode: Mode
  /** The least that must be known before the replaced credential is disabled. Default `clock`. */
  readonly evidence: Evidence
  /** Who reads the secret and has to run its new version first; none: nobody knows. */
  readonly consumers: readonly Consumer[]
  /** Where the server's logins are logged. */
  readonly loginLogs: readonly string[]
}

const modes = ['observe', 'enforce'] as const
export type Mode = (typeof modes)[number]

/**
 * `clock`: that its time has passed. `sampled`: also that it was looked for again and again and not seen, while every declared consumer ran the new version.
 * `logged`: that a log of logins without a gap shows none.
 */
const evidences = ['clock', 'sampled', 'logged'] as const
export type Evidence = (typeof evidences)[number]

export const DEFAULT_DRAIN_SECONDS = 24 * 3600
const DEFAULT_LAG_SECONDS = 24 * 3600
const DEFAULT_QUARANTINE_SECONDS = 48 * 3600
const DEFAULT_MAX_AGE_SECONDS = 90 * 86_400

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A duration as people write it in a tag: `90s`, `30m`, `24h`, `2d`. Seconds, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim())
  const unit = unitSeconds[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : undefined
}

/** As people write a duration in a tag, and never in days: what is compared stands in the same unit. */
export function durationWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}

type Tags = ReadonlyMap<string, string>

/**
 * Throws `POLICY_INVALID` naming the tag. The floors are the deployment's: a tag may lengthen a drain or a quarantine, never shorten one below its floor.
 */
export function parsePolicy(tags: Tags, floorSeconds: number, quarantineFloorSeconds = 0): Policy {
  const maxAgeSeconds = tagDuration(tags, 'overlap:max-age', DEFAULT_MAX_AGE_SECONDS)
  if (maxAgeSeconds === 0) throw invalid('overlap:max-age', 'longer than nothing, such as 90d')
  const quietSeconds = Math.max(tagDuration(tags, 'overlap:drain', DEFAULT_DRAIN_SECONDS), floorSeconds)
  const toldSeconds = tagDuration(tags, 'overlap:lag', mints(tags) ? DEFAULT_LAG_SECONDS : 0)
  const lagSeconds = Math.max(toldSeconds, leastLagOf(tags))
  const drainSeconds = quietSeconds === 0 ? 0 : quietSeconds + lagSeconds
  const quarantine = tagDuration(tags, 'overlap:quarantine', DEFAULT_QUARANTINE_SECONDS)
  return {
    owner: tagText(tags, 'overlap:owner'),
    schedule: tagText(tags, 'overlap:schedule'),
    maxAgeSeconds,
    drainSeconds,
    drainFloorSeconds: floorSeconds,
    lagSeconds,
    quarantineSeconds: drainSeconds === 0 ? 0 : Math.max(quarantine, quarantineFloorSeconds),
    mode: tagWord(tags, 'overlap:mode', modes),
    evidence: tagWord(tags, 'overlap:evidence', evidences),
    consumers: parseConsumers(tags.get('overlap:consumers')),
    loginLogs: loginLogsIn(tags),
  }
}

/** Absent, it is the first of them. */
function tagWord<Word extends string>(tags: Tags, name: string, words: readonly Word[]): Word {
  const value = tags.get(name)
  const word = value === undefined ? words[0] : words.find((known) => known === value)
  if (word !== undefined) return word
  throw invalid(name, words.join(words.length === 2 ? ' or ' : ', '))
}

/** Where the server's logins are logged. Throws `POLICY_INVALID`. */
export function loginLogsIn(tags: Tags): readonly string[] {
  const logs = (tags.get('overlap:login-log') ?? '').split(' ').filter((word) => word !== '')
  if (logs.every((log) => /^(logs|rds):[^:]/.test(log))) return logs
  throw invalid('overlap:login-log', 'logs:LOG_GROUP or rds:INSTANCE, several separated by spaces')
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

import { createHash } from 'node:crypto'
import type { Annotations } from './kubernetes-cluster.ts'
import type { Goal } from './rollout.ts'

/**
 * What Overlap writes on a pod template, so that a restart is asked for once and can be told from any other. Per secret, where `ID` are 16 hexadecimal digits of
 * the digest of its ARN:
 *
 *   overlap.secrets/ID         the version that the pods are to read
 *   overlap.secrets/ID.since   the goal's `since`: a version that became AWSCURRENT once more, after another one, takes a restart of its own
 *   overlap.secrets/ID.synced  when the data of the synced Secret had last been written; only where one is named
 *
 * A key has a DNS name of at most 253 characters, and after the slash at most 63 letters, digits, dashes, underscores and dots
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set).
 */
export interface Stamp {
  readonly versionId: string
  /** Milliseconds since the epoch; not a number when it is unreadable, and then no goal is met. */
  readonly since: number
  /** Milliseconds since the epoch. */
  readonly synced: number | undefined
}

export function readStamp(annotations: Annotations, secretId: string): Stamp | undefined {
  const key = keyOf(secretId)
  const versionId = annotations[key]
  if (versionId === undefined) return undefined
  const synced = annotations[`${key}.synced`]
  return {
    versionId,
    since: Date.parse(annotations[`${key}.since`] ?? ''),
    synced: synced === undefined ? undefined : Date.parse(synced),
  }
}

/** `synced`: milliseconds since the epoch. */
export function writeStamp({ secretId, versionId, since }: Goal, synced: number | undefined): Annotations {
  const key = keyOf(secretId)
  return {
    [key]: versionId,
    [`${key}.since`]: new Date(wholeSeconds(since)).toISOString(),
    ...(synced === undefined ? {} : { [`${key}.synced`]: new Date(synced).toISOString() }),
  }
}

/** Was it written for this goal, or for a later one that has the same version? */
export function meets(stamp: Stamp | undefined, goal: Goal): boolean {
  return stamp?.versionId === goal.versionId && stamp.since >= wholeSeconds(goal.since)
}

/** A goal that is written down and read again has whole seconds, rounded up: it must not be another one then. */
function wholeSeconds(since: number): number {
  return Math.ceil(since / 1000) * 1000
}

function keyOf(secretId: string): string {
  return `overlap.secrets/${createHash('sha256').update(secretId).digest('hex').slice(0, 16)}`
}

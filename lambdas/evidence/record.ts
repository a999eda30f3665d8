import type { Sighting } from '../adapters/adapter.ts'

/**
 * What is known of the life of a replaced credential, line by line, in a log group that nobody overwrites: what was seen while it drained, why it was
 * disabled, by whose word, and what came of it.
 */
export type EvidenceRecord =
  | (Subject & Sample)
  | (Subject & Disabling)
  | (Subject & {
      readonly event: 'removed' | 'enabled' | 'superseded'
      /** Why, where there is a reason beyond the course of things. */
      readonly reason?: string
      /** Of `removed`: what is known by the end of the quarantine. */
      readonly proof?: Proof
    })
  | (Subject & {
      /** A person's word. `accepted`: sightings that are no obstacle. */
      readonly event: 'accepted' | 'leaked' | 'rolled-back' | 'repaired' | 'acknowledged'
      /** Who asked, in the caller's own words. */
      readonly by: string
      readonly reason: string
      /** Names of sightings, or of consumers. */
      readonly names?: readonly string[]
    })

export interface Subject {
  /** Of the format. */
  readonly v: 1
  /** ARN. */
  readonly secret: string
  /** The version that it is about. */
  readonly version: string
  /** ISO 8601. */
  readonly at: string
}

/** One look at who uses a credential. */
export interface Sample {
  readonly event: 'sample'
  /** host:port of each endpoint that was asked. Absent where not all could be asked: then nothing is known of that moment. */
  readonly endpoints?: readonly string[]
  /** The database was paused: nobody was connected, and it was not woken up. */
  readonly asleep?: boolean
  readonly sightings: readonly Sighting[]
  /** What worked for the principal without its credential, by name: no use of it. Absent: nothing did. */
  readonly others?: readonly string[]
  /** How many more sightings there were than one line can hold. */
  readonly leftOut?: number
  /** As whom the look itself logged in, at every endpoint: a log of logins without that login has a gap. */
  readonly witness?: string
  /** What the look called itself there, and nothing else ever does. */
  readonly mark?: string
  /** Who was looked for, as the target calls it. */
  readonly principal?: string
  /** Why nothing is known. A code of `ErrorCode`. */
  readonly unknown?: string
}

export interface Disabling {
  readonly event: 'disabled'
  readonly proof: Proof
  /** Who decided: `sweep`, or a person in the caller's own words. */
  readonly by: string
  readonly reason?: string
  /** Its target cannot disable: it was left valid until it is removed. */
  readonly works?: true
}

/**
 * How sure it is that nothing used the credential any more, by the weakest thing that is known. Never more than was seen.
 *
 * - `a`: a log of logins without a gap over the whole drain shows none
 * - `b`: looked at again and again without a sighting, and every declared consumer was seen on the new version
 * - `c`: disabled for the quarantine, with a log of refused logins, and none was refused
 * - `d`: the clock alone
 * - `accepted`: used, and a person accepted that by name
 * - `leaked`: whoever used it
 */
export type Rung = 'a' | 'b' | 'c' | 'd' | 'accepted' | 'leaked'

export interface Proof {
  readonly rung: Rung
  /** ISO 8601: since when nothing was seen, and until when. */
  readonly from: string
  readonly until: string
  /** Looks that saw every endpoint. */
  readonly samples: number
  /** Stretches in which nobody looked, or a look was no answer; ISO 8601. */
  readonly gaps: readonly { readonly from: string; readonly until: string }[]
  /** The last use that was seen before `from`. */
  readonly lastSighting?: Sighting
  /** What worked for the principal without its credential meanwhile, by name, which is no use of it. Absent: nothing was seen to. */
  readonly others?: readonly string[]
  /** Declared consumers, and the version that each was seen on. */
  readonly consumers: readonly { readonly name: string; readonly version: string }[]
  /** Of rung `accepted`: the names that a person accepted, all of those that were seen. */
  readonly accepted?: readonly string[]
  /** What keeps this from being a better rung, in words. */
  readonly missing: readonly string[]
}

/** What the demo measured. Everything that it prints or writes to a file is in here; nothing is estimated, and no value of a secret is kept. */
export interface DemoFacts {
  readonly postgresVersion: string
  /** Milliseconds from the first line to the last, start-up included. */
  readonly tookMs: number
  /** IANA, that of the schedule. */
  readonly timezone: string
  readonly real: RunFacts
  readonly botched: BotchedFacts
  readonly missed: MissedFacts
  readonly held: HeldFacts
  readonly silent: SilentFacts
  readonly accepted: AcceptedFacts
  readonly rolledBack: RolledBackFacts
  readonly leaked: LeakedFacts
  readonly keys: KeysFacts
  /** Subjects of what people were told of until the end of the real run, apart from the botched rotation and the silent consumer: pages and tickets for nothing. */
  readonly needless: readonly string[]
  readonly controls: readonly RunFacts[]
  /** Keys that a script swaps: what happens without Overlap. */
  readonly keyControls: readonly RunFacts[]
}

/** The same clients against one secret, while it is rotated a number of times. */
export interface RunFacts {
  readonly title: string
  /** Those that work at the same time when nothing is rolled out. */
  readonly clients: number
  readonly rotations: readonly RotationFacts[]
  /** Of the whole run, the time between rotations included. */
  readonly traffic: Traffic
  /** Queries of the client that made the fewest. */
  readonly leastBusy: number
}

export interface Traffic {
  readonly queries: number
  readonly logins: number
  /** What was refused or failed, by kind. */
  readonly failures: Readonly<Record<string, number>>
}

/** Who began a rotation: the schedule at its time, a later pass that made up for a run, or a person, perhaps because of a leak. */
export type Begin = 'schedule' | 'make-up' | 'person' | 'leak'

export interface RotationFacts {
  readonly number: number
  readonly begunBy: Begin
  /** When it began, by the sandbox's clock: milliseconds since the epoch. */
  readonly at: number
  readonly version: string
  /** User names, before and after. */
  readonly from: string
  readonly to: string
  readonly phases: Phases
  /** Of what it replaced, or of itself where it was rolled back. Undefined: this strategy leaves nothing to retire. */
  readonly retirement?: RetirementFacts
  /** The rung that this must have. */
  readonly expectedRung: string
  /** Made while this rotation was under way, until the end of the quarantine. */
  readonly queries: number
  readonly failed: number
  /** What was made hard on purpose, and what that led to. */
  readonly scene?: string
}

/** How a version ended, as the journal has it. */
export interface RetirementFacts {
  readonly version: string
  /** As lambdas/evidence/record.ts has them; empty when none is on record. */
  readonly rung: string
  /** That were answered in the quiet time. */
  readonly looks: number
  /** How many declared consumers were seen on the new version. */
  readonly consumers: number
  /** What kept the rung from being a better one. */
  readonly missing: readonly string[]
  /** By the sandbox's clock, in milliseconds since the epoch. */
  readonly disabledAt: number
  readonly removedAt: number
  /** Tasks and pods that still ran the version when it was disabled. */
  readonly leftBehind: number
}

/** Milliseconds of real time, except for drain and quarantine. Undefined: this strategy has no such phase. */
export interface Phases {
  /** createSecret. */
  readonly generate: number
  /** setSecret, testSecret and finishSecret, which publishes. */
  readonly makeValid: number
  /** From the publication until every client has used the new version. */
  readonly rollOut: number
  /** From the replacement until the old version was disabled, by the sandbox's clock. */
  readonly drain: number | undefined
  /** From then until it was removed, by the sandbox's clock. */
  readonly quarantine: number | undefined
}

/** A rotation that was made to fail. */
export interface BotchedFacts {
  /** What was done to it, and how it was mended. */
  readonly cause: string
  readonly remedy: string
  readonly step: string
  /** Error code and message, as the function reported them. */
  readonly code: string
  readonly error: string
  readonly attempts: number
  /** AWSCURRENT before, and while the rotation could not go on. */
  readonly currentBefore: string
  readonly currentMeanwhile: string
  /** Traffic from the first attempt until the remedy. */
  readonly queries: number
  readonly failed: number
  /** What the people of the topic were told; empty when nobody was. */
  readonly message: readonly string[]
  /** What of this the message names. */
  readonly named: { readonly secret: boolean; readonly owner: boolean; readonly code: boolean }
  /** AWSCURRENT after the remedy is the version of the very rotation that had failed. */
  readonly completed: boolean
}

/** A run that did not come, because the scheduler was out of order. */
export interface MissedFacts {
  /** Rotations that began while it was. */
  readonly begunMeanwhile: number
  /** Did the alarm on the sweep's silence ring, and was it told? */
  readonly alarmTold: boolean
}

/** A run that a hold put off. */
export interface HeldFacts {
  readonly reason: string
  /** Rotations that began before it was over, though a pass came at the time of the run. */
  readonly begunMeanwhile: number
}

/** A client that nobody declared, and that keeps to the old credential. */
export interface SilentFacts {
  /** As sightings name it. */
  readonly name: string
  /** What the people of the topic were told; empty when nobody was. */
  readonly message: readonly string[]
  /** What of this the message names. */
  readonly named: { readonly secret: boolean; readonly owner: boolean; readonly consumer: boolean }
  /** Was the version disabled while it was used? */
  readonly disabledMeanwhile: boolean
  /** Milliseconds by the sandbox's clock from its end until the version was disabled. */
  readonly quietMs: number
}

/** A session that nobody needs: a person ends it by name. */
export interface AcceptedFacts {
  /** As sightings name it. */
  readonly name: string
  /** What was in the way, as the first answer says it. */
  readonly inTheWay: readonly string[]
  /** Was the version disabled before somebody accepted the name? */
  readonly disabledBefore: boolean
}

/** A rotation that was taken back after it was published. */
export interface RolledBackFacts {
  /** The version that was AWSCURRENT before, the one that was published, and the one that was AWSCURRENT afterwards. */
  readonly before: string
  readonly published: string
  readonly after: string
  /** Tasks, pods and environments of the declared consumers; how many ran the published version before, and the old one afterwards. */
  readonly running: number
  readonly cameAlong: number
  readonly cameBack: number
  readonly failed: number
}

/** A credential that got into wrong hands. */
export interface LeakedFacts {
  readonly version: string
  /** What whoever is to confirm is told. */
  readonly preview: readonly string[]
  /** Consumers that this names, of those that are declared. */
  readonly listed: number
  /** Milliseconds by the sandbox's clock from its replacement until it worked for nobody. */
  readonly workedMs: number
  /** What PostgreSQL answers to whoever still has it. */
  readonly login: string
}

/** Keys that somebody else makes: an access key of IAM, and a key of a company that sends mail. A call with a key counts as a query. */
export interface KeysFacts {
  /** Of each kind one, with one rotation. */
  readonly runs: readonly RunFacts[]
  readonly old: readonly OldKeyFacts[]
  readonly silent: SilentKeyFacts
}

export type KeyState = 'active' | 'inactive' | 'gone'

/** What whoever gave out a key says of it: while it drained, when it was on record as disabled, and when as removed. */
export interface OldKeyFacts {
  readonly title: string
  readonly drained: KeyState
  readonly disabled: KeyState
  readonly removed: KeyState
}

/** A job that nobody declared, and that keeps to the old access key. */
export interface SilentKeyFacts {
  /** The service and the Region that it uses, as sightings name them. */
  readonly name: string
  /** What was in the way when the key would have been disabled, as the answer to a person says it. */
  readonly inTheWay: readonly string[]
  /** Was the key disabled while it was used? */
  readonly disabledMeanwhile: boolean
  /** Milliseconds by the sandbox's clock from its last use until it was disabled. */
  readonly quietMs: number
}

export function failed(traffic: Traffic): number {
  return Object.values(traffic.failures).reduce((sum, count) => sum + count, 0)
}

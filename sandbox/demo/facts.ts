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
  /** Subjects of what people were told of until the end of the real run, apart from the botched rotation: pages and tickets for nothing. */
  readonly needless: readonly string[]
  readonly controls: readonly RunFacts[]
}

/** The same clients against one secret, while it is rotated a number of times. */
export interface RunFacts {
  readonly title: string
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

/** Who began a rotation: the schedule at its time, a later pass that made up for a run, or a person. */
export type Begin = 'schedule' | 'make-up' | 'person'

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
  /** Made while this rotation was under way, its drain included. */
  readonly queries: number
  readonly failed: number
  /** What was made hard on purpose, and what that led to. */
  readonly scene?: string
}

/** Milliseconds of real time, except for the drain. Undefined: this strategy has no such phase. */
export interface Phases {
  /** createSecret. */
  readonly generate: number
  /** setSecret, testSecret and finishSecret, which publishes. */
  readonly makeValid: number
  /** From the publication until every client has used the new version. */
  readonly rollOut: number
  /** From the publication until the retirement began, by the sandbox's clock. */
  readonly drain: number | undefined
  readonly retire: number | undefined
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

export function failed(traffic: Traffic): number {
  return Object.values(traffic.failures).reduce((sum, count) => sum + count, 0)
}

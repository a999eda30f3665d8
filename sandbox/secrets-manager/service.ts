import type { Clock } from '../clock.ts'
import type { EventPublisher } from './events.ts'
import type { Request } from './request.ts'
import type { RotationRunner } from './rotation.ts'
import type { Secrets } from './secrets.ts'

/** What every operation works on. */
export interface Service {
  readonly clock: Clock
  readonly region: string
  readonly secrets: Secrets
  readonly events: EventPublisher
  readonly rotations: RotationRunner
  /** What RotateSecret does with a token whose rotation is complete: AWS's answer is not known. */
  readonly completedToken: 'no-op' | 'reattach'
  /** Must a put of a version in rotation bring its RotationToken, as it must when the caller is an assumed role? */
  readonly requireRotationToken: boolean
}

/** One operation of the API. Throws ServiceError; members that are undefined are left out of the answer. */
export type Operation = (service: Service, request: Request) => Readonly<Record<string, unknown>>

/** Dates travel as seconds since the epoch, with a fraction. */
export const date = (time: number | undefined): number | undefined =>
  time === undefined ? undefined : time / 1000

const DAY_MS = 24 * 3600 * 1000

/** The last access is kept as a date, without a time. */
export const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS

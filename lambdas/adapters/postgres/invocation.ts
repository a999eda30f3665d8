import { type Admin, admin } from './admin.ts'
import { partnerWish } from './adoption.ts'
import { type Dialer, dialer } from './connection.ts'
import type { PostgresOptions } from './options.ts'
import type { PairIdentity } from './slot-change.ts'
import { type TimeLeft, timeLeft } from './time-left.ts'

/** What everything that is done to one pair in one invocation shares: what one part has found out, the others need not ask for. */
export interface Invocation {
  readonly options: PostgresOptions
  readonly time: TimeLeft
  readonly dial: Dialer
  readonly admins: Admin
  readonly identity: PairIdentity
}

export function invocation(options: PostgresOptions): Invocation {
  const time = timeLeft(options.deadline, options.now)
  const dial = dialer(options.certificates, time)
  return {
    options,
    time,
    dial,
    admins: admin(options, dial),
    identity: { secretId: options.secretId, wish: partnerWish(options.tags) },
  }
}

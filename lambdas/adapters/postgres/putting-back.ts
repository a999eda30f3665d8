import type { Fence } from '../adapter.ts'
import type { Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import type { Invocation } from './invocation.ts'
import type { Pair } from './pair.ts'
import { identifier, literal } from './quoting.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { changeSlot, refuseLeaked } from './slot-change.ts'
import type { SlotState } from './stamp.ts'

export interface PuttingBack {
  readonly before: Pair
  readonly fence: Fence
  readonly from: readonly SlotState[]
  readonly reopen: () => Promise<Session>
}

/**
 * Gives a role the password of this credential again and records it as live, in one transaction. False when its slot is in none of these states. Not
 * LOGIN: that was not taken, so where it is missing somebody else took it. Throws `LEAKED`, `SUPERSEDED` and `STAMP_INVALID`.
 */
export async function putBack(
  { options, time, dial, identity }: Invocation,
  session: Session,
  { username, password }: PostgresCredential,
  { before, fence, from, reopen }: PuttingBack,
): Promise<boolean> {
  const verifier = await scramVerifier(password, options.randomBytes(SALT_BYTES))
  for (const secret of [password, verifier]) dial.conceal(secret)
  return changeSlot(
    session,
    identity,
    {
      ...{ before, username, fence, from },
      to: 'live',
      statement: `ALTER ROLE ${identifier(username)} PASSWORD ${literal(verifier)}`,
      refuse: (_pair, state) => refuseLeaked(username, state),
    },
    time,
    reopen,
  )
}

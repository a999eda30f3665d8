import { isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import { formatHold, HOLD_TAG, type Hold, holdOf } from '../rotation/hold.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Entry } from './entry.ts'
import { holdInPlace } from './hold-in-place.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { turn } from './turn.ts'

/** Lets no rotation begin and nothing be retired until a moment. Throws `SECRET_DELETED`, `SECRET_NOT_OURS` and `TIME_UP`. */
export async function hold(
  operating: Operating,
  { secret }: Subject,
  wanted: RequestOf<'hold'>,
): Promise<Entry> {
  refuseDeparted(secret)
  const value = formatHold(wanted)
  const before = secret.tags.get(HOLD_TAG)
  const held: Entry = { secret: secret.arn, name: secret.name, outcome: 'held' }
  if (before === value) return held
  const inPlace = holdInPlace(secret)
  if ('all' in wanted.target && inPlace !== undefined && inPlace.until >= wanted.until)
    return keeping(held, inPlace)
  await turn(operating, wanted)
  await operating.secrets.tag(secret.arn, { [HOLD_TAG]: value })
  if (before === undefined) return held
  const isShorter = inPlace !== undefined && wanted.until < inPlace.until
  return {
    ...held,
    information: [`in place of the hold ${before}${isShorter ? ', which would have ended later' : ''}`],
  }
}

/** Whoever means all does not mean to shorten what somebody wanted for this one. */
function keeping(held: Entry, { until, reason }: Hold): Entry {
  const kept = { until: new Date(until).toISOString(), reason }
  return {
    ...held,
    kept,
    information: [`it had this hold, which ends no sooner and is kept: ${kept.until} ${reason}`],
  }
}

/** Ends a hold before its time. Throws `TIME_UP`. */
export async function release(
  operating: Operating,
  { secret }: Subject,
  request: RequestOf<'release'>,
): Promise<Entry> {
  const { secrets, settings, now } = operating
  const isHeld = secret.tags.has(HOLD_TAG)
  if (isHeld) {
    await turn(operating, request)
    await secrets.untag(secret.arn, [HOLD_TAG])
  }
  const freeze = holdOf(new Map(), settings.freezes, now())
  const information = [
    ...(isHeld ? [] : ['it was not on hold']),
    ...(freeze
      ? [
          `the deployment is frozen until ${new Date(freeze.until).toISOString()} all the same: ${freeze.reason}`,
        ]
      : []),
  ]
  return {
    secret: secret.arn,
    name: secret.name,
    outcome: 'released',
    ...(information.length === 0 ? {} : { information }),
  }
}

function refuseDeparted(secret: SecretDescription): void {
  if (secret.deleted)
    throw new OverlapError('SECRET_DELETED', 'the secret is scheduled for deletion: it is not rotated')
  if (isHandedBack(secret))
    throw new OverlapError(
      'SECRET_NOT_OURS',
      `the user of ${secret.name} was handed back: its rotation is turned off and it has no tag of Overlap`,
    )
}

/**
 * Whether the place accepts a key. A place has many front ends, and each one learns of a new key by itself: one answer that accepts it proves nothing, and for a while one that does
 * not know it proves nothing either (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
import { OverlapError } from '../../rotation/errors.ts'
import { patienceOf, type SeeingOptions } from './options.ts'
import type { Whoami } from './place.ts'

export type Accepted = Extract<Whoami, { answer: 'accepted' }>

/** Lists are late, too: for so long a key that is not listed may be a new one. Milliseconds. */
const LISTED_MS = 5_000

/** What the place says of a key once, or once it can know it. */
async function answerOf<C>(options: SeeingOptions<C>, key: C): Promise<Whoami> {
  const waits = waiting(options, key)
  for (;;) {
    const answer = await options.place.whoami(key)
    if (answer.answer !== 'unknown' || !(await waits())) return answer
  }
}

/** Throws `CURRENT_REFUSED`, and what `refuseCurrent` throws. */
export async function acceptedCurrent<C>(options: SeeingOptions<C>, current: C): Promise<Accepted> {
  const answer = await answerOf(options, current)
  if (answer.answer !== 'accepted') throw currentRefused(options, current, answer)
  options.refuseCurrent?.(answer.as, current)
  return answer
}

/**
 * Uses a key as often as it takes to believe that it works everywhere, with the same rights as what `expected` answered; absent: with the same every time. `worksSince`: when it was
 * activated, where that is known. Throws `PENDING_REFUSED`, `RIGHTS_DIFFER`, `TIME_UP` and what `refuseCurrent` throws.
 */
export async function refuseUnlessAccepted<C>(
  options: SeeingOptions<C>,
  key: C,
  { expected, worksSince }: { readonly expected?: Accepted; readonly worksSince?: number } = {},
): Promise<void> {
  const { successes, everyMs } = patienceOf(options)
  const waits = waiting(options, key, worksSince)
  let first = expected
  for (let inRow = 0; inRow < successes; ) {
    const answer = await options.place.whoami(key)
    if (answer.answer === 'unknown' && (await waits())) {
      inRow = 0
      continue
    }
    if (answer.answer !== 'accepted') throw pendingRefused(options, key, answer)
    options.refuseCurrent?.(answer.as, key)
    first ??= answer
    refuseOther(options, key, answer, first)
    inRow += 1
    if (inRow === successes) return
    if (options.remaining() < everyMs)
      throw new OverlapError(
        'TIME_UP',
        `key ${options.codec.keyId(key)} was accepted ${inRow} of ${successes} times in a row when the time was up; the next attempt begins anew`,
      )
    await options.sleep(everyMs)
  }
}

/** Waits, if it is worth while, until the place may know a key that it did not know; false when it is not. */
function waiting<C>(options: SeeingOptions<C>, key: C, worksSince?: number): () => Promise<boolean> {
  const { everyMs, freshMs } = patienceOf(options)
  const { place, codec, now, sleep, remaining } = options
  const began = now()
  // Counted, too: a clock may stand still.
  let waited = 0
  let until = worksSince === undefined ? undefined : worksSince + freshMs
  const isFresh = async () => {
    const moment = Math.max(now(), began + waited)
    if (until === undefined) {
      const listed = (await place.keys(key)).find(({ id }) => id === codec.keyId(key))
      if (listed === undefined) return moment < began + LISTED_MS
      const since = listed.record?.state === 'live' ? listed.record.since : 0
      until = listed.active ? Math.max(listed.created ?? 0, since) + freshMs : 0
    }
    return moment < until
  }
  return async () => {
    if (remaining() < everyMs || !(await isFresh())) return false
    await sleep(everyMs)
    waited += everyMs
    return true
  }
}

function refuseOther<C>({ kind, codec }: SeeingOptions<C>, key: C, answer: Accepted, first: Accepted): void {
  const id = codec.keyId(key)
  if (answer.as !== first.as)
    throw new OverlapError(
      'PENDING_REFUSED',
      `the target (${kind}) takes key ${id} for ${answer.as}, where ${first.as} was expected`,
      { detail: { key: id } },
    )
  if (answer.rights !== first.rights)
    throw new OverlapError(
      'RIGHTS_DIFFER',
      `key ${id} has other rights (${answer.rights ?? 'not told'}) than the current one (${first.rights ?? 'not told'}): make them the same at the target`,
      { detail: { key: id } },
    )
}

type Refused = Exclude<Whoami, Accepted>

/** Throws `code`, with `consumersAffected`: with AWSCURRENT dead, the credential that it replaced may be all that consumers have. */
export async function refuseDead<C>(
  options: SeeingOptions<C>,
  current: C,
  code: 'PRINCIPAL_IN_USE' | 'CURRENT_REFUSED',
): Promise<void> {
  const answer = await answerOf(options, current)
  if (answer.answer === 'accepted') return
  const { message, detail } = currentRefused(options, current, answer)
  throw new OverlapError(code, message, { detail: { ...detail, consumersAffected: true } })
}

function currentRefused<C>({ kind, codec }: SeeingOptions<C>, current: C, answer: Refused): OverlapError {
  const id = codec.keyId(current)
  return new OverlapError(
    'CURRENT_REFUSED',
    `the target (${kind}) ${why(id, answer)}, which AWSCURRENT holds: it was deleted, deactivated or changed outside. Activate it again, or store a key that works as a new version`,
    { detail: { key: id } },
  )
}

function pendingRefused<C>({ kind, codec }: SeeingOptions<C>, key: C, answer: Refused): OverlapError {
  const id = codec.keyId(key)
  return new OverlapError('PENDING_REFUSED', `the target (${kind}) ${why(id, answer)}`, {
    detail: { key: id },
  })
}

function why(id: string, { answer }: Refused): string {
  return answer === 'wrong' ? `knows another secret for key ${id}` : `does not accept key ${id}`
}

/**
 * Whether the place accepts a key. A place has many front ends, and each one learns of a new key by itself: one answer that accepts it proves nothing, and for a while one that does
 * not know it proves nothing either (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
import { OverlapError } from '../../rotation/errors.ts'
import { keysWith } from './listed.ts'
import { patienceOf, type SharedOptions } from './options.ts'
import type { Whoami } from './place.ts'
import { type Recheck, rechecking } from './rechecking.ts'

export type Accepted = Extract<Whoami, { answer: 'accepted' }>

/**
 * Throws `CURRENT_REFUSED`, `UNREACHABLE` for a key that is listed as active all the same, `SECRET_INVALID` for one that the place calls by another id, `TIME_UP`, and what `refuseCurrent` throws.
 */
export async function acceptedCurrent<C>(options: SharedOptions<C>, current: C): Promise<Accepted> {
  const recheck = rechecking(options, current)
  for (;;) {
    const answer = await options.place.whoami(current)
    if (answer.answer === 'accepted') {
      options.refuseCurrent?.(answer.as, current)
      return answer
    }
    if (answer.answer === 'another id') throw calledOtherwise(options, current)
    if (answer.answer === 'wrong' || !(await recheck.again()))
      throw currentRefused(options, current, answer, recheck)
  }
}

/**
 * Uses a key as often as it takes to believe that it works everywhere, with the same rights as what `expected` answered; absent: with the same every time. `worksSince`: when it was
 * activated, where that is known. Throws `PENDING_REFUSED`, `RIGHTS_DIFFER`, `TIME_UP` and what `refuseCurrent` throws.
 */
export async function refuseUnlessAccepted<C>(
  options: SharedOptions<C>,
  key: C,
  { expected, worksSince }: { readonly expected?: Accepted; readonly worksSince?: number } = {},
): Promise<void> {
  const { successes, everyMs } = patienceOf(options)
  const recheck = rechecking(options, key, worksSince)
  let first = expected
  for (let inRow = 0; inRow < successes; ) {
    const answer = await options.place.whoami(key)
    if (answer.answer === 'unknown' && (await recheck.again())) {
      inRow = 0
      continue
    }
    if (recheck.isTimeUp()) throw notYetKnown(options, key)
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

/** What a place answers may hold anything, a key among it, and is not repeated. */
function refuseOther<C>({ kind, codec }: SharedOptions<C>, key: C, answer: Accepted, first: Accepted): void {
  const id = codec.keyId(key)
  if (answer.as !== first.as)
    throw new OverlapError(
      'PENDING_REFUSED',
      `the target (${kind}) says that key ${id} belongs to somebody else than AWSCURRENT's key does, or than it said a moment ago`,
      { detail: { key: id } },
    )
  if (answer.rights !== first.rights)
    throw new OverlapError(
      'RIGHTS_DIFFER',
      `key ${id} has other rights than the current one (its own: ${told(answer)}; those of the current one: ${told(first)}): give both the same rights at the target`,
      { detail: { key: id } },
    )
}

function told({ rights }: Accepted): string {
  return rights === undefined ? 'not told' : `a text of ${rights.length} characters`
}

type Refused = Exclude<Whoami, Accepted>

/**
 * Throws `code`, with `consumersAffected`: with AWSCURRENT dead, the credential that it replaced may be all that consumers have. `UNREACHABLE` where that is not certain; and what
 * `refuseCurrent` and `keysWith` throw, since the keys of somebody else's list are not this secret's to end.
 */
export async function refuseDead<C>(
  options: SharedOptions<C>,
  current: C,
  code: 'PRINCIPAL_IN_USE' | 'CURRENT_REFUSED',
  /** What it means that the list leaves AWSCURRENT's key out; absent: that nothing is done. */
  ofUnlisted?: string,
): Promise<void> {
  try {
    await acceptedCurrent(options, current)
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
    const { message, detail } = error
    throw new OverlapError(code, message, { detail: { ...detail, consumersAffected: true } })
  }
  await keysWith(options, current, ofUnlisted)
}

function currentRefused<C>(
  { kind, codec }: SharedOptions<C>,
  current: C,
  answer: Refused,
  { isListedActive, isTimeUp }: Pick<Recheck, 'isListedActive' | 'isTimeUp'>,
): OverlapError {
  const id = codec.keyId(current)
  const detail = { key: id }
  if (isTimeUp()) return notYetKnown({ codec }, current)
  if (answer.answer === 'unknown' && isListedActive())
    return new OverlapError(
      'UNREACHABLE',
      `the target (${kind}) ${why(id, answer)}, which AWSCURRENT holds, but lists it as active, so nothing is concluded. If it stays so: is the field that holds its secret (key; of an access key secretAccessKey) what the target told when key ${id} was made? If it is, find out why the target refuses an active key`,
      { detail },
    )
  return new OverlapError(
    'CURRENT_REFUSED',
    `the target (${kind}) ${why(id, answer)}, which AWSCURRENT holds: it was deleted, deactivated or changed outside. Activate it again, or store a key that works as a new version`,
    { detail },
  )
}

/** It works, so nobody is kept out, and nothing says that it was changed outside. */
function calledOtherwise<C>({ kind, codec }: SharedOptions<C>, current: C): OverlapError {
  const id = codec.keyId(current)
  return new OverlapError(
    'SECRET_INVALID',
    `field keyId must be the id of the key that AWSCURRENT holds: the target (${kind}) accepts that key, and says that its id is another than ${id}. Store a value with the id that the target lists for this key`,
    { detail: { field: 'keyId', key: id } },
  )
}

function notYetKnown<C>({ codec }: Pick<SharedOptions<C>, 'codec'>, key: C): OverlapError {
  const id = codec.keyId(key)
  return new OverlapError(
    'TIME_UP',
    `the target did not accept key ${id} yet when the time was up, which proves nothing: the next attempt begins anew`,
    { detail: { key: id } },
  )
}

function pendingRefused<C>({ kind, codec }: SharedOptions<C>, key: C, answer: Refused): OverlapError {
  const id = codec.keyId(key)
  return new OverlapError('PENDING_REFUSED', `the target (${kind}) ${why(id, answer)}`, {
    detail: { key: id },
  })
}

function why(id: string, { answer }: Refused): string {
  switch (answer) {
    case 'wrong':
      return `knows another secret for key ${id}`
    case 'another id':
      return `accepts the key that the value calls ${id}, and says that its id is another`
    case 'unknown':
      return `does not accept key ${id}`
  }
}

import type { LoggedLogin } from './journal.ts'
import { type Evidence, latestOf, principalsOf } from './ladder.ts'
import { gapsOf, looksOf } from './looks.ts'
import type { Proof } from './record.ts'
import { gapInLog } from './witnesses.ts'

const SECOND_MS = 1000

/**
 * Logins of the principal while it was disabled, whatever came of them, oldest first. `undefined`: none was seen, and there may be some all the same.
 */
export function triesWhileDisabled(
  evidence: Omit<Evidence, 'consumers' | 'declared'>,
): readonly LoggedLogin[] | undefined {
  const { records, log, from, until } = evidence
  const principals = principalsOf(records)
  // The moment of the disabling is known by the second, rounded up. Only after it was a login refused.
  const since = ({ outcome }: LoggedLogin) => (outcome === 'refused' ? from - SECOND_MS : from)
  const tries = log.logins.filter(
    (login) => principals.has(login.principal) && latestOf(login) > since(login) && login.at <= until,
  )
  if (tries.length > 0) return tries.sort((one, other) => one.at - other.at)
  if (log.unknown !== undefined || principals.size === 0) return undefined
  const looks = looksOf(records, evidence)
  if (gapsOf(records, looks, evidence).length > 0) return undefined
  return gapInLog(looks, log.logins, evidence) === undefined ? [] : undefined
}

/**
 * What is known at the end of the quarantine: never less than when it began.
 *
 * @param refused what `Watcher.refused` says of the whole quarantine
 */
export function proofAfterQuarantine(disabling: Proof, refused: readonly LoggedLogin[] | undefined): Proof {
  if (disabling.rung !== 'd') return disabling
  if (refused?.length === 0) return { ...disabling, rung: 'c' }
  const unknown =
    'no log of logins without a gap says whether a login was refused while the credential was disabled'
  return refused === undefined ? { ...disabling, missing: [...disabling.missing, unknown] } : disabling
}

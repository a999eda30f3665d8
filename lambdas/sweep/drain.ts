import { sightingName } from '../adapters/adapter.ts'
import type { LoggedLogin } from '../evidence/journal.ts'
import { proofAfterQuarantine } from '../evidence/quarantine.ts'
import type { Proof, Rung } from '../evidence/record.ts'
import { isUsedSince, usedAt } from '../evidence/used-at.ts'
import type { Evidence } from '../rotation/policy.ts'
import type { Action, Waiting } from './action.ts'
import type { Look, Sight, Standing } from './sight.ts'

/**
 * Where a replaced version is on its way out.
 *
 * - `unseen`: no pass has seen it replaced
 * - `rolling out`: a declared consumer was not yet seen on the version after it
 * - `quiet`: it must go unused for the whole drain, and the secret unchanged
 * - `over`: it did
 * - `disabled`: it does not work, and can be put back; or, where its target cannot disable, it was found unused, and works until it is removed
 */
export type Phase = 'unseen' | 'rolling out' | 'quiet' | 'over' | 'disabled'

type DrainSight = Pick<Sight, 'secret' | 'policy' | 'state' | 'now'>

/** By what passes have recorded: a version that no record tells of is `unseen`, whatever labels say. */
export function phaseOf(sight: DrainSight, version: string): Phase {
  const { policy, now } = sight
  const { drain } = sight.state
  if (drain?.version !== version) return 'unseen'
  if (drain.off !== undefined) return 'disabled'
  if (policy.consumers.length > 0 && drain.rolled === undefined) return 'rolling out'
  return now - quietSince(sight) < policy.drainSeconds * 1000 ? 'quiet' : 'over'
}

/**
 * Since when nothing is known that could have been a use (ms since the epoch). A change of the secret is one: nobody can tell what was changed, and the version
 * may have been AWSCURRENT once more.
 */
export function quietSince(sight: DrainSight): number {
  const { secret, state, now } = sight
  const { since = now, rolled = since, seen = since } = state.drain ?? {}
  return Math.max(since, rolled, seen, secret.lastChanged?.getTime() ?? now)
}

/**
 * A use after this moment is news, however late the target tells of it (ms since the epoch): an earlier one has had its effect, and telling it again changes nothing. For what is
 * disabled the moment lies back in its drain: a use of that time that was not known then is by somebody who needs it now.
 */
export function newsAfter(sight: DrainSight, version: string): number {
  const { since, off } = sight.state.drain ?? {}
  if (phaseOf(sight, version) !== 'disabled' || since === undefined || off === undefined)
    return quietSince(sight)
  return Math.max(since, off - sight.policy.drainSeconds * 1000)
}

/**
 * May an earlier pass have begun to disable it? It would have been a whole drain after consumers were there. A use that was seen since is no reason to think
 * that it works, since one that lasts outlives the password.
 */
function mayHaveBegun({ state, policy, now }: DrainSight): boolean {
  const { since = now, rolled = since } = state.drain ?? {}
  return now - Math.max(since, rolled) >= policy.drainSeconds * 1000
}

/**
 * May one have begun under another policy, which was changed before the next pass came? A change of the secret may have been that, so for an hour after each one what may have been cut off
 * is looked for.
 */
function mayHaveBegunBefore({ secret, state, policy, now }: DrainSight): boolean {
  const changed = secret.lastChanged?.getTime() ?? now
  return now - (state.drain?.since ?? now) >= policy.drainFloorSeconds * 1000 && now - changed < LOOK_BACK_MS
}

/** What comes next for the version that has the label DRAINING. */
export function drainAction(sight: Sight, version: string): Action {
  const phase = phaseOf(sight, version)
  if (sight.policy.drainSeconds === 0) return swap(sight, version)
  switch (phase) {
    case 'unseen':
      return replicasInSync(sight) ? { do: 'start-drain', version } : { do: 'wait', because: 'REPLICAS' }
    case 'rolling out':
      return rollOut(sight, version)
    case 'quiet':
      return keepQuiet(sight, version)
    case 'over':
      return end(sight, version)
    case 'disabled':
      return quarantine(sight, version)
  }
}

/** Whoever reads a replica must find the new version there before the old one can begin to go. */
function replicasInSync({ secret }: Sight): boolean {
  return secret.replicas.every(({ status }) => status === 'InSync')
}

function swap(sight: Sight, version: string): Action {
  if (!replicasInSync(sight)) return { do: 'wait', because: 'REPLICAS' }
  const because = obstacle(sight)
  if (because !== undefined) return putOff(sight, version, because)
  const at = new Date(sight.now).toISOString()
  return {
    do: 'retire',
    version,
    swap: true,
    unchangedSince: sight.now,
    quietForMs: 0,
    proof: unwatched('d', at, 'the drain is 0, which is a swap: nobody looked'),
  }
}

function rollOut(sight: Sight, version: string): Action {
  if (wantsLook(sight)) return { do: 'ask', about: 'look', version }
  if (sight.consumers === undefined) return { do: 'ask', about: 'consumers', version }
  if (sight.consumers.every(({ state }) => state === 'done')) return { do: 'note-rolled', version }
  return { do: mayHaveBegunBefore(sight) ? 'put-back' : 'wait', version, because: 'ROLLING_OUT' }
}

function keepQuiet(sight: Sight, version: string): Action {
  const putBack = mayHaveBegun(sight) || mayHaveBegunBefore(sight)
  if (wantsLook(sight)) return { do: 'ask', about: 'look', version }
  const seen = newUseIn(sight, version)
  if (seen !== undefined) return { do: 'note-seen', version, at: seen.at, putBack }
  return putBack
    ? { do: 'put-back', version, because: obstacle(sight) ?? 'DRAINING' }
    : { do: 'wait', because: 'DRAINING' }
}

function end(sight: Sight, version: string): Action {
  const { policy, consumers, proven } = sight
  // What is only observed is looked at until it was quiet for a whole drain, and not for ever.
  if (policy.mode === 'enforce' && wantsLook(sight)) return { do: 'ask', about: 'look', version }
  const seen = newUseIn(sight, version)
  if (seen !== undefined) return { do: 'note-seen', version, at: seen.at, putBack: true }
  const because = obstacle(sight)
  if (because !== undefined) return putOff(sight, version, because)

  // One may have been added since, or have fallen behind.
  if (!replicasInSync(sight)) return { do: 'put-back', version, because: 'REPLICAS' }
  if (policy.consumers.length > 0 && consumers === undefined)
    return { do: 'ask', about: 'consumers', version }
  if (consumers?.some((standing) => isToBeBrought(standing))) return { do: 'forget-rolled', version }
  if (consumers?.some(({ state }) => state !== 'done'))
    return { do: 'put-back', version, because: 'ROLLING_OUT' }

  if (proven === undefined) return { do: 'ask', about: 'proof', version }
  if (proven.lastUse !== undefined) return { do: 'note-seen', version, at: proven.lastUse.at, putBack: true }
  // What a log tells a few minutes late proves more.
  if (proven.late === true) return { do: 'put-back', version, because: 'DRAINING' }
  if (!suffices(proven.proof.rung, policy.evidence))
    return { do: 'put-back', version, because: 'EVIDENCE_LACKING' }
  const quietForMs = policy.drainSeconds * 1000
  const unchangedSince = sight.now - quietForMs
  return { do: 'retire', version, swap: false, unchangedSince, quietForMs, proof: proven.proof }
}

/** What acknowledges by itself may have been declared since, and nobody has told it: of such a consumer nothing but its word says that it was begun. */
function isToBeBrought({ name, state }: Standing): boolean {
  return state === 'absent' || (state === 'running' && /^(event|manual):/.test(name))
}

/** For so long after it was disabled a target may tell what it was before, and a pass that met another one may not be over. */
const SETTLING_MS = 10 * 60_000

function quarantine(sight: Sight, version: string): Action {
  const { policy, state, now, look, logins, disabledBy } = sight
  const isOver = now - disabledSince(sight) >= policy.quarantineSeconds * 1000
  if (wantsLook(sight)) return { do: 'ask', about: 'look', version }
  if (look?.disabled === false && now - (state.drain?.off ?? now) >= SETTLING_MS)
    return { do: 'note-valid', version }
  const seen = newUseIn(sight, version)
  if (seen !== undefined) return needed(sight, version, seen)
  // In each pass, and also on hold: consumers that are refused are helped at once.
  if (policy.loginLogs.length > 0 && logins === undefined) return { do: 'ask', about: 'logins', version }
  const login = logins === 'unknown' ? undefined : logins?.at(-1)
  if (login !== undefined) return needed(sight, version, { at: login.at, use: usedBy(login) })
  if (!isOver) return { do: 'wait', because: 'QUARANTINE' }
  const because = obstacle(sight)
  if (because !== undefined) return { do: 'wait', because }
  if (disabledBy === undefined) return { do: 'ask', about: 'disabling', version }
  const refused = logins === 'unknown' ? undefined : logins
  const proof = disabledBy === 'unknown' ? undefined : proofAfterQuarantine(disabledBy, refused)
  return {
    do: 'remove',
    version,
    proof,
    quietForMs: policy.quarantineSeconds * 1000,
    ...(state.drain?.works ? { unusedSince: newsAfter(sight, version) } : {}),
  }
}

/**
 * When the quarantine began (ms since the epoch). Of what works until it is removed nothing but a change of the secret may tell that it was AWSCURRENT once more: from that on it
 * is waited anew.
 */
export function disabledSince({ secret, state, now }: DrainSight): number {
  const { off = now, works } = state.drain ?? {}
  return works ? Math.max(off, secret.lastChanged?.getTime() ?? now) : off
}

/** What works until it is removed kept nobody out: it drains anew, and that is all. */
function needed({ state }: Sight, version: string, { at, use }: Needed): Action {
  return state.drain?.works
    ? { do: 'note-seen', version, at, putBack: false }
    : { do: 'enable', version, use }
}

/** A use in words, and when it was (ms since the epoch). */
interface Needed {
  readonly at: number
  readonly use: string
}

/** Nothing is riskier than to take away a credential that worked. */
function obstacle({ hold, policy }: Sight): 'ON_HOLD' | 'OBSERVING' | undefined {
  if (hold !== undefined) return 'ON_HOLD'
  return policy.mode === 'observe' ? 'OBSERVING' : undefined
}

/** How long after a retirement had to wait each pass still looks whether one was cut off. */
const LOOK_BACK_MS = 3600_000

/** May a pass have begun to retire what this one must not? A tag that forbids it was a change of the secret. */
function putOff({ secret, policy, hold, now }: Sight, version: string, because: Waiting): Action {
  const since = Math.max(secret.lastChanged?.getTime() ?? now, hold?.since ?? 0)
  return now - since < policy.drainSeconds * 1000 + LOOK_BACK_MS
    ? { do: 'put-back', version, because }
    : { do: 'wait', because }
}

function wantsLook({ lookDue = false, look }: Sight): boolean {
  return lookDue && look === undefined
}

function newUseIn(sight: Sight, version: string): Needed | undefined {
  return useIn(sight.look, newsAfter(sight, version))
}

/** The last use that a look tells of, in words; of past ones those after `since` (ms since the epoch). */
export function useIn(look: Look | undefined, since: number): Needed | undefined {
  if (look === undefined || look.sightings === 'unknown') return undefined
  const sighting = look.sightings.findLast((one) => isUsedSince(one, look.at, since))
  if (sighting === undefined) return undefined
  const { endpoint, lastUsed } = sighting
  const how =
    lastUsed === undefined ? `was seen at ${endpoint}` : `used it at ${lastUsed}, as ${endpoint} tells`
  return { at: usedAt(sighting, look.at), use: `${sightingName(sighting)}, which ${how}` }
}

export function usedBy(login: LoggedLogin): string {
  return `${sightingName(login)}, which logged in at ${new Date(login.at).toISOString()}`
}

const accepted: Readonly<Record<Evidence, readonly Rung[]>> = {
  clock: ['a', 'b', 'c', 'd'],
  sampled: ['a', 'b'],
  logged: ['a'],
}

/** Is what is known as much as the policy asks for? */
export function suffices(rung: Rung, evidence: Evidence): boolean {
  return accepted[evidence].includes(rung)
}

/** The proof of what is taken out of use without having been watched. `at` in ISO 8601. */
export function unwatched(rung: Rung, at: string, missing: string): Proof {
  return { rung, from: at, until: at, samples: 0, gaps: [], consumers: [], missing: [missing] }
}

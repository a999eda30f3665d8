/** Who needs a version that is disabled. A policy or a journal that cannot be read is no reason to leave them without it. */
import { type Acceptance, isAcceptedLogin, isAcceptedSighting } from '../evidence/accepted.ts'
import type { LoggedLogin } from '../evidence/journal.ts'
import { OverlapError } from '../rotation/errors.ts'
import { loginLogsIn } from '../rotation/policy.ts'
import { usedBy, useIn } from './drain.ts'
import { inspect } from './inspect.ts'
import { EARLY_MS, lookIsDue } from './look-due.ts'
import type { Scene } from './retirement.ts'
import type { Look } from './sight.ts'
import type { Retire } from './visiting.ts'
import type { Watching } from './watch.ts'

/** A version that is disabled. Milliseconds since the epoch. */
export interface Disabled {
  readonly secretId: string
  readonly version: string
  /** When it was replaced. */
  readonly since: number
  readonly off: number
}

/**
 * Logins since the log was last known, and of an interval more, since a log tells late; at the end of the quarantine, of the whole. Rejects with `JOURNAL_FAILED`.
 * What people accepted is left out. `unknown`: none was seen, and there may be some all the same.
 */
export async function missedLogins(
  watching: Pick<Watching, 'watcher' | 'deployment' | 'memory' | 'now'>,
  { secretId, version, since, off }: Disabled,
  loginLogs: readonly string[],
  isOver: boolean,
): Promise<readonly LoggedLogin[] | 'unknown'> {
  const { watcher, deployment, memory, now } = watching
  const remembered = memory.of(secretId, version)
  const interval = deployment.sampleEverySeconds * 1000
  const until = now()
  const known = (remembered.loginsKnown ?? off) - interval
  // Where nothing is ever known, all of it is read as often as is looked, and not in every pass.
  const isAll = until - (remembered.allLoginsAt ?? Number.NEGATIVE_INFINITY) >= interval - EARLY_MS
  if (isAll) remembered.allLoginsAt = until
  const found = await watcher.refused({
    secretId,
    versionId: version,
    from: isOver ? off : Math.max(known, off, isAll ? off : until - 2 * interval),
    until,
    loginLogs,
  })
  if (found === undefined) return 'unknown'
  if (found.length === 0) {
    remembered.loginsKnown = until
    return found
  }
  const accepted = await watcher.accepted(secretId, version, since)
  const missed = found.filter((login) => !isAcceptedLogin(login, accepted))
  if (missed.length > 0) return missed
  remembered.loginsKnown = until
  // That nobody was refused would be too much to say.
  return 'unknown'
}

/** For when nothing else can be decided: a use of what is disabled, in words; undefined where none is known. */
export async function needOf(
  watching: Pick<Watching, 'watcher' | 'deployment' | 'memory' | 'now'>,
  { secret, retire }: Pick<Scene, 'secret' | 'retire'>,
  disabled: Disabled,
): Promise<string | undefined> {
  const { deployment, memory, now } = watching
  const { secretId, version } = disabled
  const isDue = lookIsDue(memory.of(secretId, version), deployment.sampleEverySeconds, now())
  const found = isDue ? await look(watching, retire, disabled) : undefined
  const seen = useIn(found, await knownBefore(watching, disabled, found))
  if (seen !== undefined) return seen.use
  const logins = await missedLogins(watching, disabled, logsOf(secret.tags), false).catch(
    () => 'unknown' as const,
  )
  const login = logins === 'unknown' ? undefined : logins.at(-1)
  return login === undefined ? undefined : usedBy(login)
}

/** Since when a use was not known when it was disabled: that of the proof, where the target tells of past uses and the journal can be read, and otherwise when it was replaced. */
async function knownBefore(
  { watcher }: Pick<Watching, 'watcher'>,
  { secretId, version, since }: Disabled,
  found: Look | undefined,
): Promise<number> {
  if (found === undefined || found.sightings === 'unknown') return since
  if (found.sightings.every(({ lastUsed }) => lastUsed === undefined)) return since
  const proof = await watcher.disabling(secretId, version, since).catch(() => undefined)
  return proof === undefined ? since : Math.max(since, Date.parse(proof.from))
}

/** Who was accepted may not be known: then nobody was. */
async function look(
  { watcher, memory, now }: Pick<Watching, 'watcher' | 'memory' | 'now'>,
  retire: Retire,
  { secretId, version, since }: Disabled,
): Promise<Look> {
  const found = await inspect(retire, secretId, version)
  const at = now()
  const isKept = await watcher.note(secretId, version, found).then(
    () => true,
    () => false,
  )
  // What could not be kept is looked at again by the next pass.
  if (isKept) memory.of(secretId, version).lookedAt = at
  if ('unknown' in found) return { at, sightings: 'unknown' }
  const accepted = await watcher
    .accepted(secretId, version, since)
    .catch((): Acceptance => ({ names: [], addresses: [] }))
  return { at, sightings: found.sightings.filter((sighting) => !isAcceptedSighting(sighting, accepted)) }
}

function logsOf(tags: Scene['secret']['tags']): readonly string[] {
  try {
    return loginLogsIn(tags)
  } catch (error) {
    if (error instanceof OverlapError) return []
    throw error
  }
}

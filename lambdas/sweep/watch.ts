import type { Inspection, Sighting } from '../adapters/adapter.ts'
import { type Acceptance, isAcceptedLogin, isAcceptedSighting } from '../evidence/accepted.ts'
import type { Proven } from '../evidence/watcher.ts'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import { isLeaked } from '../rotation/leaked.ts'
import { versionWith } from '../rotation/secret-store.ts'
import type { Question } from './action.ts'
import { standingsOf } from './consumers.ts'
import { phaseOf, quietSince, suffices } from './drain.ts'
import type { Remembered } from './memory.ts'
import type { Asked, Look, Sight, Use } from './sight.ts'
import type { Retire, Visiting } from './visiting.ts'

export type Watching = Omit<Visiting, 'catalog' | 'retirers' | 'pace'>

/** Passes come early and late; one that is a little early is as good as in time. */
const EARLY_MS = 30_000

/** Is it time for a look at who uses what drains? A function that has just started looks at once. */
export function lookIsDue({ lookedAt }: Remembered, sampleEverySeconds: number, now: number): boolean {
  return lookedAt === undefined || now - lookedAt >= sampleEverySeconds * 1000 - EARLY_MS
}

/** What a decision about the version that drains turns on. Rejects with OverlapError when the journal or the secret could not be asked. */
export async function answer(
  watching: Watching,
  sight: Sight,
  retire: Retire,
  { about, version }: { readonly about: Question; readonly version: string },
): Promise<Asked> {
  switch (about) {
    case 'look':
      return { look: await look(watching, sight, retire, version) }
    case 'consumers': {
      // Whoever still has what leaked is about to fail.
      const mayBegin = sight.hold === undefined || isLeaked(sight.secret, version)
      const advances = phaseOf(sight, version) === 'rolling out' && mayBegin
      return { consumers: await standingsOf(watching, sight, version, advances ? 'advance' : 'look') }
    }
    case 'proof':
      return { proven: await prove(watching, sight, version) }
    case 'logins':
      return { logins: await refusedLogins(watching, sight, version) }
    case 'disabling': {
      const { watcher } = watching
      const from = sight.state.drain?.since ?? sight.now
      return { disabledBy: (await watcher.disabling(sight.secret.arn, version, from)) ?? 'unknown' }
    }
  }
}

async function look(watching: Watching, sight: Sight, retire: Retire, version: string): Promise<Look> {
  const { watcher, memory, telemetry, now } = watching
  const { secret } = sight
  const found = await inspect(retire, secret.arn, version)
  const at = now()
  await watcher.note(secret.arn, version, found)
  const remembered = memory.of(secret.arn, version)
  remembered.lookedAt = at
  if ('unknown' in found) {
    telemetry.logger.warn('look: nobody knows who uses what drains', {
      kind: 'sweep',
      step: 'look',
      secret: secret.arn,
      version,
      outcome: 'unknown',
      reason: found.unknown,
    })
    return { at, sightings: 'unknown' }
  }
  const sighting = found.sightings.at(-1)
  if (sighting !== undefined) remembered.lastUse = { at, sighting }
  return { at, sightings: await missedBy(watching, sight, version, found.sightings) }
}

/** Whom a person accepted is not helped in the quarantine that came of it, or nothing that is accepted could ever be retired. */
async function missedBy(
  watching: Watching,
  sight: Sight,
  version: string,
  sightings: readonly Sighting[],
): Promise<readonly Sighting[]> {
  if (sightings.length === 0 || phaseOf(sight, version) !== 'disabled') return sightings
  const accepted = await acceptedFor(watching, sight, version)
  return sightings.filter((sighting) => !isAcceptedSighting(sighting, accepted))
}

function acceptedFor(
  { watcher }: Watching,
  { secret, state, now }: Sight,
  version: string,
): Promise<Acceptance> {
  return watcher.accepted(secret.arn, version, state.drain?.since ?? now)
}

/** A version that is not on its way out any more is a matter for the next pass; everything else that goes wrong only leaves a gap. */
async function inspect(
  retire: Retire,
  secretId: string,
  versionId: string,
): Promise<Inspection | { readonly unknown: ErrorCode }> {
  try {
    const found = await retire({ action: 'inspect', secretId, versionId, evenIfUsed: false })
    if (found.outcome !== 'inspected') return { unknown: 'UNEXPECTED' }
    const { outcome: _, ...inspection } = found
    return inspection
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED') throw error
    return { unknown: error.code }
  }
}

/** One that does not suffice is not made again before there was another look, which is the first that can change it. */
async function prove(
  watching: Watching,
  sight: Sight,
  version: string,
): Promise<NonNullable<Asked['proven']>> {
  const { watcher, memory, deployment, now } = watching
  const { secret, policy, consumers = [] } = sight
  const remembered = memory.of(secret.arn, version)
  const { lacking } = remembered
  if (lacking !== undefined && now() - lacking.at < deployment.sampleEverySeconds * 1000 - EARLY_MS)
    return lacking.proven
  const current = versionWith(secret, 'AWSCURRENT') ?? ''
  const proven = await watcher.prove({
    secretId: secret.arn,
    versionId: version,
    // What lies further back is no part of the drain that is over: a gap does not count against it for ever.
    from: Math.max(quietSince(sight), now() - policy.drainSeconds * 1000),
    until: now(),
    loginLogs: policy.loginLogs,
    consumers: consumers
      .filter(({ state }) => state === 'done')
      .map(({ name }) => ({ name, version: current })),
    declared: policy.consumers.length,
  })
  await keepUses(watching, secret.arn, version, proven)
  if (proven.lastUse === undefined && proven.late !== true && !suffices(proven.proof.rung, policy.evidence))
    remembered.lacking = { at: now(), proven }
  return proven
}

/**
 * Uses that only a log of logins shows are kept as ones that were seen, each name, since not everybody who wants a name may read that log. The drain does not wait for
 * this: CloudWatch takes nothing that is two weeks old.
 */
async function keepUses(
  { watcher, memory, now }: Watching,
  secretId: string,
  version: string,
  { lastUse: use, uses }: Proven,
): Promise<void> {
  if (use === undefined) return
  const remembered = memory.of(secretId, version)
  if (remembered.lastUse?.at === use.at) return
  remembered.lastUse = use
  remembered.noted = now()
  const subject = { v: 1, secret: secretId, version, at: new Date(use.at).toISOString() } as const
  await watcher
    .record({ ...subject, event: 'sample', sightings: uses.map(({ sighting }) => sighting) })
    .catch((error: unknown) => {
      if (!(error instanceof OverlapError)) throw error
    })
}

/**
 * Of the stretch since the look before this one, and of an interval more, since a log tells late; at the end of the quarantine, of the whole.
 */
async function refusedLogins(
  watching: Watching,
  sight: Sight,
  version: string,
): Promise<NonNullable<Asked['logins']>> {
  const { watcher, deployment, now } = watching
  const { secret, policy, state, previousLook } = sight
  const off = state.drain?.off ?? sight.now
  const isOver = sight.now - off >= policy.quarantineSeconds * 1000
  const found = await watcher.refused({
    secretId: secret.arn,
    versionId: version,
    from: isOver ? off : Math.max((previousLook ?? off) - deployment.sampleEverySeconds * 1000, off),
    until: now(),
    loginLogs: policy.loginLogs,
  })
  if (found === undefined || found.length === 0) return found ?? 'unknown'
  const accepted = await acceptedFor(watching, sight, version)
  const missed = found.filter((login) => !isAcceptedLogin(login, accepted))
  // That nobody was refused would be too much to say.
  return missed.length === 0 ? 'unknown' : missed
}

/** The last use that anybody saw since the version was replaced: whoever is told that a drain does not end wants its name. Nothing fails for want of it. */
export async function lastUseOf(
  { watcher, memory, now }: Watching,
  { secret, policy, state }: Sight,
  version: string,
): Promise<Use | undefined> {
  const remembered = memory.of(secret.arn, version)
  if (remembered.lastUse !== undefined || remembered.askedLastUse) return remembered.lastUse
  remembered.askedLastUse = true
  const question = {
    secretId: secret.arn,
    versionId: version,
    from: state.drain?.since ?? now(),
    until: now(),
    loginLogs: policy.loginLogs,
    consumers: [],
    declared: policy.consumers.length,
  }
  const proven = await watcher.prove(question).catch(() => undefined)
  if (proven?.lastUse !== undefined) remembered.lastUse = proven.lastUse
  return remembered.lastUse
}

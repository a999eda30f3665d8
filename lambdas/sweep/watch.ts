import type { Sighting } from '../adapters/adapter.ts'
import { type Acceptance, isAcceptedSighting } from '../evidence/accepted.ts'
import { isUsedSince, usedAt } from '../evidence/used-at.ts'
import type { Proven, Proving } from '../evidence/watcher.ts'
import { OverlapError } from '../rotation/errors.ts'
import { isLeaked } from '../rotation/leaked.ts'
import { mints } from '../rotation/minting.ts'
import { versionWith } from '../rotation/secret-store.ts'
import type { Question } from './action.ts'
import { standingsOf } from './consumers.ts'
import { newsAfter, phaseOf, quietSince, suffices } from './drain.ts'
import { inspect } from './inspect.ts'
import { EARLY_MS } from './look-due.ts'
import { missedLogins } from './needed.ts'
import type { Asked, Look, Sight, Use } from './sight.ts'
import type { Retire, Visiting } from './visiting.ts'

export type Watching = Omit<Visiting, 'catalog' | 'retirers' | 'pace'>

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
  const { off, works } = phaseOf(sight, version) === 'disabled' ? (sight.state.drain ?? {}) : {}
  const found = await inspect(retire, secret.arn, version, works ? undefined : off)
  const at = now()
  await watcher.note(secret.arn, version, found)
  const remembered = memory.of(secret.arn, version)
  if ('unknown' in found) {
    remembered.lookedAt = at
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
  // One before it was replaced is no use of what drains.
  const sighting = found.sightings.findLast((one) => isUsedSince(one, at, sight.state.drain?.since ?? at))
  if (sighting !== undefined) remembered.lastUse = { at: usedAt(sighting, at), sighting }
  const sightings = await missedBy(watching, sight, version, { at, sightings: found.sightings })
  remembered.lookedAt = at
  return { at, sightings, ...(found.disabled === undefined ? {} : { disabled: found.disabled }) }
}

/** Whom a person accepted is not helped in the quarantine that came of it, or nothing that is accepted could ever be retired. */
async function missedBy(
  watching: Watching,
  sight: Sight,
  version: string,
  { at, sightings }: { readonly at: number; readonly sightings: readonly Sighting[] },
): Promise<readonly Sighting[]> {
  const isNew = (sighting: Sighting) => isUsedSince(sighting, at, newsAfter(sight, version))
  if (!sightings.some(isNew) || phaseOf(sight, version) !== 'disabled') return sightings
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

function toldLate({ secret, policy }: Pick<Sight, 'secret' | 'policy'>): Pick<Proving, 'toldLateMs'> {
  return mints(secret.tags) ? { toldLateMs: policy.lagSeconds * 1000 } : {}
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
    ...toldLate(sight),
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
  { watcher, memory }: Watching,
  secretId: string,
  version: string,
  { lastUse: use, uses }: Proven,
): Promise<void> {
  if (use === undefined) return
  const remembered = memory.of(secretId, version)
  if (remembered.lastUse?.at === use.at) return
  remembered.lastUse = use
  const subject = { v: 1, secret: secretId, version, at: new Date(use.at).toISOString() } as const
  await watcher
    .record({ ...subject, event: 'sample', sightings: uses.map(({ sighting }) => sighting) })
    .catch((error: unknown) => {
      if (!(error instanceof OverlapError)) throw error
    })
}

function refusedLogins(
  watching: Watching,
  { secret, policy, state, now }: Sight,
  version: string,
): Promise<NonNullable<Asked['logins']>> {
  const { since = now, off = now } = state.drain ?? {}
  const isOver = now - off >= policy.quarantineSeconds * 1000
  return missedLogins(watching, { secretId: secret.arn, version, since, off }, policy.loginLogs, isOver)
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
    ...toldLate({ secret, policy }),
  }
  const proven = await watcher.prove(question).catch(() => undefined)
  if (proven?.lastUse !== undefined) remembered.lastUse = proven.lastUse
  return remembered.lastUse
}

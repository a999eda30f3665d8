import { type Sighting, sightingName } from '../adapters/adapter.ts'
import type { Proof } from '../evidence/record.ts'
import { isUsedSince } from '../evidence/used-at.ts'
import { OverlapError } from '../rotation/errors.ts'
import { mints } from '../rotation/minting.ts'
import type { Evidence } from '../rotation/policy.ts'
import type { RetireResult } from '../rotation/retire-request.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { rollbackCommand } from '../rotation/way-out.ts'
import { phaseOf, suffices } from '../sweep/drain.ts'
import type { Standing as ConsumerStanding } from '../sweep/sight.ts'
import { sightOf } from '../sweep/sight.ts'
import { type Drain, encodeState, STATE_TAG, stateOf } from '../sweep/state.ts'
import { despiteCommand } from '../sweep/way-on.ts'
import { lookAtConsumers } from './consumers.ts'
import type { Entry } from './entry.ts'
import { drainingIn, refuseDeleted } from './labels.ts'
import { type Obstacle, obstaclesTo } from './obstacles.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { lastOfEach, sessionsOf, sightingWords } from './sighting-words.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/**
 * Ends what still uses a replaced credential, when a person accepts each user by name. Everything else that a retirement waits for is waited for all the same:
 * consumers that are to come to the new version, the drain, a hold, the owner's word that anything may be disabled. In this order, so that whatever is cut off leaves
 * something that can be asked for again:
 *
 *   look      who uses it now, and who was seen in its quiet time; without acceptance nothing more is done
 *   journal   the person's word, or nothing is disabled
 *   disable   the retire function looks again under its own lock: it ends the accepted sessions and none but those
 *   note      the journal has what was known and who was accepted, who is not helped in the quarantine; then the sweep's clock of that starts
 */
export async function retireDespite(
  operating: Operating,
  { secret, functions }: Subject,
  request: RequestOf<'retire'>,
): Promise<Entry> {
  refuseDeleted(secret)
  const { arn, name } = secret
  const sight = sightOf(secret, operating.settings, operating.now())
  const drain = drainOf(secret, sight.state.drain)
  if (drain.off !== undefined)
    return { secret: arn, name, outcome: 'disabled', information: [offAlready(drain)] }
  const versionId = drain.version
  const consumers = await lookAtConsumers(operating, sight, versionId)
  const look = await functions.retire({ action: 'inspect', secretId: arn, versionId, evenIfUsed: false })
  const now = look.outcome === 'inspected' ? look.sightings : []
  if (look.outcome === 'inspected') await operating.watcher.note(arn, versionId, look)
  const { proof, sightings } = await known(operating, secret, drain, consumers, now)
  const inTheWay = lastOfEach(sightings).filter(
    (sighting) => !request.despite.includes(sightingName(sighting)),
  )
  const obstacles = obstaclesTo(sight, drain, consumers, operating.deployment)
  if (obstacles.length > 0 || inTheWay.length > 0)
    return blocked(operating, secret, versionId, obstacles, { inTheWay, now, request })
  const missing = lacking(proof, sight.policy.evidence)
  if (sightings.length === 0 && missing.length > 0 && phaseOf(sight, versionId) === 'over')
    return {
      secret: arn,
      name,
      outcome: 'blocked',
      code: 'EVIDENCE_LACKING',
      message: `version ${versionId} still works, and nothing was done. Nothing is seen using it, and ${missing.join('; ')}`,
      information: [
        'mend what is missing: once that is known, the version is disabled by itself. Or ask for less, with the tag overlap:evidence where the secret is configured; that is a change of the secret, after which a whole drain passes once more',
      ],
    }
  if (sightings.length === 0)
    return {
      secret: arn,
      name,
      outcome: 'draining',
      information: [
        `nothing is seen using version ${versionId} any more, so there is nothing to accept: the sweep disables it by itself, on proof`,
        ...missing,
      ],
    }
  const words = {
    by: callerOf(request),
    reason: request.reason,
    names: lastOfEach(sightings).map(sightingName),
  }
  await operating.watcher.record(wordOf(operating, arn, versionId, { event: 'accepted', ...words }))
  const result = await functions.retire({
    action: 'disable',
    secretId: arn,
    versionId,
    evenIfUsed: false,
    despite: words.names,
    unchangedSince: (secret.lastChanged ?? new Date(operating.now())).getTime(),
  })
  if (result.outcome !== 'disabled')
    return {
      secret: arn,
      name,
      outcome: 'disabled',
      information: [
        `version ${versionId} was no longer valid: its place holds another credential, and only the label was lifted`,
      ],
    }
  const { works } = result
  const goBack = rollbackCommand(secret, versionId, operating.deployment)
  return {
    secret: arn,
    name,
    outcome: 'disabled',
    information: [
      works
        ? `version ${versionId} is to be deleted, and works until then: its target cannot disable. ${words.names.join(', ')} may use it until its quarantine ends, and is refused after that`
        : `version ${versionId} does not work any more, and ${endedWords(sightings, words.names)}. It can be put back until its quarantine ends`,
      ...(await keepDone(operating, {
        v: 1,
        secret: arn,
        version: versionId,
        at: new Date(operating.now()).toISOString(),
        event: 'disabled',
        proof: { ...proof, rung: 'accepted', accepted: words.names },
        by: words.by,
        reason: words.reason,
        ...(works ? { works } : {}),
      })),
      ...(await startQuarantine(operating, arn, drain, result)),
      `if it is missed, go back to it. Run: ${goBack}`,
    ],
    run: goBack,
  }
}

/** Of a past use there is no session to end. */
function endedWords(sightings: readonly Sighting[], names: readonly string[]): string {
  return sightings.every(({ lastUsed }) => lastUsed !== undefined)
    ? `${names.join(', ')}, which used it, is refused`
    : `the sessions of ${names.join(', ')} were ended`
}

/** Throws `LABELS_MOVED` and `DRAIN_IN_PROGRESS`. */
function drainOf(secret: SecretDescription, drain: Drain | undefined): Drain {
  const version = drainingIn(secret)
  if (version === undefined)
    throw new OverlapError(
      'LABELS_MOVED',
      'no replaced version has the label DRAINING: there is nothing to retire',
    )
  if (drain?.version === version) return drain
  throw new OverlapError(
    'DRAIN_IN_PROGRESS',
    `the sweep has not seen yet that version ${version} was replaced: ask again in some minutes. Nothing was done`,
  )
}

function lacking(proof: Proof, evidence: Evidence): readonly string[] {
  if (suffices(proof.rung, evidence)) return []
  return [
    `right now less is known than the tag overlap:evidence=${evidence} asks for: ${proof.missing.join('; ')}`,
  ]
}

function offAlready({ version, off, works }: Drain): string {
  if (works)
    return `version ${version} was found unused already, at ${new Date(off ?? 0).toISOString()}, and works until it is deleted: nothing was done`
  return `version ${version} is disabled already, since ${new Date(off ?? 0).toISOString()}: nothing was done`
}

/** Who uses it now, and who was seen using it in its quiet time: a consumer that connects for a moment each hour is no less in use. Throws `JOURNAL_FAILED`. */
async function known(
  { watcher, journal, now, settings }: Operating,
  secret: SecretDescription,
  drain: Drain,
  consumers: readonly ConsumerStanding[],
  seenNow: readonly Sighting[],
): Promise<{ readonly proof: Proof; readonly sightings: readonly Sighting[] }> {
  const { policy } = sightOf(secret, settings, now())
  const until = now()
  const from = Math.max(drain.since, drain.rolled ?? 0, until - policy.drainSeconds * 1000)
  const records = await journal.read(secret.arn, drain.version, from)
  // Where the target tells of past uses, one before this stretch is in nobody's way.
  const usesIn = (sightings: readonly Sighting[], at: number) =>
    sightings.filter((sighting) => isUsedSince(sighting, at, from))
  const seen = records.flatMap((record) =>
    record.event === 'sample' ? usesIn(record.sightings, Date.parse(record.at)) : [],
  )
  const { proof, uses } = await watcher.prove({
    secretId: secret.arn,
    versionId: drain.version,
    from,
    until,
    loginLogs: policy.loginLogs,
    consumers: consumers
      .filter(({ state }) => state === 'done')
      .map(({ name }) => ({ name, version: versionWith(secret, 'AWSCURRENT') ?? '' })),
    declared: consumers.length,
    ...(mints(secret.tags) ? { toldLateMs: policy.lagSeconds * 1000 } : {}),
  })
  const used = [...uses.map(({ sighting }) => sighting), ...seen, ...usesIn(seenNow, until)]
  return { proof, sightings: used }
}

interface InTheWay {
  readonly inTheWay: readonly Sighting[]
  /** Each session that there is now. */
  readonly now: readonly Sighting[]
  readonly request: RequestOf<'retire'>
}

function blocked(
  { deployment }: Operating,
  { arn, name }: SecretDescription,
  versionId: string,
  obstacles: readonly Obstacle[],
  { inTheWay, now, request }: InTheWay,
): Entry {
  const names = [...new Set([...request.despite, ...inTheWay.map(sightingName)])]
  const reason = request.reason === '' ? 'REASON' : request.reason
  const accepting = despiteCommand({ name, arn }, names, reason, deployment)
  const run =
    obstacles.find((obstacle) => obstacle.run !== undefined)?.run ??
    (obstacles.length === 0 ? accepting : undefined)
  return {
    secret: arn,
    name,
    outcome: 'blocked',
    code: obstacles[0]?.code ?? 'STILL_USED',
    message: `version ${versionId} still works, and nothing was done. In the way:`,
    information: [
      ...obstacles.map(({ sentence }) => sentence),
      ...inTheWay.map(
        (sighting) =>
          `${sighting.lastUsed === undefined ? 'in use' : 'used'} by ${sightingWords(sighting)}${sessionsOf(sighting, now)}`,
      ),
      ...(obstacles.length === 0
        ? [
            'have it restarted with the new version; or, if it may lose its sessions and its logins, accept it by name',
          ]
        : []),
    ],
    ...(run === undefined ? {} : { run }),
  }
}

/**
 * A sweep that is faster finds it disabled, which is success, and starts the clock itself. Of two clocks the one that is ahead makes the quarantine longer. What
 * drains by now may be another version, since somebody went back.
 */
async function startQuarantine(
  { secrets, now }: Operating,
  secretId: string,
  { version }: Drain,
  { at, works }: Pick<Extract<RetireResult, { outcome: 'disabled' }>, 'at' | 'works'>,
): Promise<readonly string[]> {
  try {
    const state = stateOf(await secrets.describe(secretId), now())
    if (state.drain?.version !== version) return []
    const drain = { ...state.drain, off: Math.max(now(), at ?? 0), ...(works ? { works } : {}) }
    await secrets.tag(secretId, { [STATE_TAG]: encodeState({ ...state, drain }) })
    return []
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return [
      `the start of its quarantine could not be written down (${error.message}). Until it is, the sweep takes this for an attempt that was cut off, and puts the version back: ask again`,
    ]
  }
}

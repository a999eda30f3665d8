import type { Inspection } from '../adapters/adapter.ts'
import { consumerName } from '../rollout/consumer.ts'
import { OverlapError } from '../rotation/errors.ts'
import { leakedVersions } from '../rotation/leaked.ts'
import { mints } from '../rotation/minting.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { pendingIn } from '../rotation/waiting-rotation.ts'
import { type Standing as ConsumerStanding, sightOf } from '../sweep/sight.ts'
import { lookAtConsumers } from './consumers.ts'
import { drainingIn } from './labels.ts'
import type { Operating, Subject } from './operating.ts'
import { type Doubt, doubtOfReplacing } from './replacing.ts'
import { useWords } from './sighting-words.ts'
import { lateness } from './use-words.ts'

export interface Breakage {
  /** What would be done, and that nothing is yet. */
  readonly what: string
  /** Who would break, as far as anybody knows, and what else to know before. */
  readonly information: readonly string[]
}

/** What comes of it when a version is marked as leaked. Only for whoever has to confirm: what cannot be found out is said, and keeps nobody from it. */
export async function breakage(operating: Operating, subject: Subject, version: string): Promise<Breakage> {
  const { secret } = subject
  const isCurrent = versionWith(secret, 'AWSCURRENT') === version
  const minutes = Math.ceil(operating.settings.leakDrainSeconds / 60)
  const other = isCurrent ? drainingIn(secret) : undefined
  const doubt = isCurrent ? await doubtOfReplacing(subject, { freed: other !== undefined }) : undefined
  return {
    what: isCurrent ? ofCurrent(version, minutes, doubt) : ofReplaced(secret, version, minutes),
    information: [
      ...(doubt === undefined ? [] : [doubt.sentence]),
      ...earlier(secret, version),
      ...(await usersOf(subject, version)),
      ...(other === undefined
        ? []
        : [
            `version ${other}, which drains, would stop working first, at once and for everybody: the new credential needs its place`,
            ...(await usersOf(subject, other)),
          ]),
      ...(await consumerWords(operating, secret, minutes)),
      ...circumstances(operating, secret, isCurrent),
    ],
  }
}

function ofCurrent(version: string, minutes: number, doubt: Doubt | undefined): string {
  const marked = `Version ${version}, which is AWSCURRENT, would be marked as leaked`
  return doubt?.sure
    ? `${marked}, but cannot be replaced now, so it keeps working for whoever has it. About ${minutes} minutes after its replacement it stops working, for everybody and for good. Nothing is done yet`
    : `${marked} and replaced at once. About ${minutes} minutes after that it stops working, for everybody and for good. Nothing is done yet`
}

function ofReplaced({ versions }: SecretDescription, version: string, minutes: number): string {
  const how = versions.get(version)?.includes('DRAINING') ? ' and drains' : ' and still works'
  return `Version ${version}, which was replaced${how}, would be marked as leaked. About ${minutes} minutes after it was replaced, or within minutes from now, it stops working, for everybody and for good. Nothing is done yet`
}

/** Whoever asks twice is about to mark the replacement. */
function earlier({ tags, versions }: SecretDescription, version: string): readonly string[] {
  const others = leakedVersions(tags, versions).filter((leaked) => leaked !== version)
  const again = leakedVersions(tags, versions).includes(version)
  return [
    ...others.map(
      (leaked) =>
        `version ${leaked} is marked as leaked already, and is on its way out. This is about another one: ${version}`,
    ),
    ...(again
      ? [`version ${version} is marked already: confirming asks for the rest again, and does nothing twice`]
      : []),
  ]
}

async function usersOf({ secret, functions }: Subject, versionId: string): Promise<readonly string[]> {
  try {
    const look = await functions.retire({
      action: 'inspect',
      secretId: secret.arn,
      versionId,
      evenIfUsed: false,
    })
    if (look.outcome !== 'inspected') return []
    if (look.asleep) return [`nobody is connected as version ${versionId} now: the database is paused`]
    const uses = look.sightings.map((sighting) => `version ${versionId} ${useWords(sighting)}`)
    if (mints(secret.tags)) return [...uses, keyWords(secret, versionId, look)]
    return uses.length > 0
      ? uses
      : [`nobody is seen using version ${versionId} right now, which says nothing of who comes next`]
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return [`who uses version ${versionId} right now is not known: ${error.message}`]
  }
}

/** Whoever looks a key up in a log needs its id. */
function keyWords(
  { tags }: SecretDescription,
  versionId: string,
  { sightings, endpoints, principal }: Inspection,
): string {
  const late = lateness(tags)
  const known = sightings.length > 0 ? '' : `, of which no use is known`
  const next =
    late === undefined
      ? 'who comes next is not known'
      : `${endpoints.join(', ')} may tell of a use as much as ${late} late`
  return `version ${versionId} is key ${principal}${known}: ${next}`
}

async function consumerWords(
  operating: Operating,
  secret: SecretDescription,
  minutes: number,
): Promise<readonly string[]> {
  try {
    const sight = sightOf(secret, operating.settings, operating.now())
    const { consumers } = sight.policy
    if (consumers.length === 0)
      return [
        'no consumers are declared (tag overlap:consumers), so who has to fetch the new credential is not known',
      ]
    const names = consumers.map(consumerName).join(', ')
    const told = `declared consumers have about ${minutes} minutes to come to the new credential: ${names}`
    const draining = drainingIn(secret)
    if (draining === undefined) return [told]
    const standing = await lookAtConsumers(operating, sight, draining)
    return [
      told,
      ...standing.filter(({ state }) => state !== 'done').map((consumer) => behind(consumer, draining)),
    ]
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return [`which consumers have to come along is not known: ${error.message}`]
  }
}

function behind({ name, state, detail }: ConsumerStanding, version: string): string {
  const more = detail === undefined ? '' : `: ${detail}`
  return state === 'unknown'
    ? `whether ${name} still uses version ${version} is not known${more}`
    : `${name} still uses version ${version} (${state})${more}`
}

function circumstances(
  { now, settings }: Operating,
  secret: SecretDescription,
  isCurrent: boolean,
): readonly string[] {
  const pending = pendingIn(secret)
  const held =
    secret.tags.has('overlap:hold') ||
    settings.freezes.some(({ from, until }) => from <= now() && now() < until)
  return [
    ...(held
      ? ['the secret is on hold, or the deployment is frozen: what leaked does not wait for that']
      : []),
    ...(isCurrent && !secret.rotationEnabled
      ? ['rotation of this secret is turned off: confirming turns it on again']
      : []),
    ...(isCurrent && pending !== undefined
      ? [`a rotation is under way already: version ${pending} is to replace it`]
      : []),
  ]
}

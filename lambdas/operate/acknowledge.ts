import { ACKNOWLEDGED_TAG, acknowledgedFor, acknowledging } from '../rollout/acknowledged.ts'
import { type Consumer, consumerName, parseConsumers } from '../rollout/consumer.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { stateOf } from '../sweep/state.ts'
import type { Entry } from './entry.ts'
import { currentOf } from './labels.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { settledTag } from './settled-tag.ts'
import { turn } from './turn.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const TAG_LENGTH = 256

/**
 * A consumer of kind `event` or `manual` runs AWSCURRENT. That is written into a tag, looked at again, and answered only once it is there; a word that gets lost all the same
 * keeps a credential valid for longer, and nobody from anything. Writing is a change of the secret, from which a drain counts, so what is there already is not written again. Throws `LABELS_MOVED` when another version is meant than AWSCURRENT, or others
 * wrote time and again; `EVENT_INVALID` when no such consumer is declared.
 */
export async function acknowledge(
  operating: Operating,
  { secret }: Subject,
  request: RequestOf<'acknowledge'>,
): Promise<Entry> {
  const version = request.version ?? currentOf(secret)
  const { seen, isNew } = await settledTag(operating, secret, ACKNOWLEDGED_TAG, async (seen) => {
    refuseOther(seen, version)
    const declared = acknowledgingConsumers(seen)
    refuseUndeclared(declared, request.consumer)
    const since = drainedSince(seen, operating.now())
    const names = acknowledgedFor(seen.tags.get(ACKNOWLEDGED_TAG), version, since)
    if (names.includes(request.consumer)) return undefined
    const value = acknowledging(version, since, [
      ...names.filter((name) => declared.includes(name)),
      request.consumer,
    ])
    if (value.length > TAG_LENGTH)
      throw new OverlapError(
        'POLICY_INVALID',
        `tag ${ACKNOWLEDGED_TAG} would be longer than the ${TAG_LENGTH} characters that a tag holds: give the consumers in tag overlap:consumers shorter names`,
      )
    await turn(operating, request)
    return value
  })
  return acknowledged(operating, seen, version, request, isNew)
}

async function acknowledged(
  operating: Operating,
  secret: SecretDescription,
  version: string,
  { consumer, by }: RequestOf<'acknowledge'>,
  isNew: boolean,
): Promise<Entry> {
  const { arn, name } = secret
  const word = {
    event: 'acknowledged',
    by: callerOf({ by }),
    reason: 'says that it runs this version',
    names: [consumer],
  } as const
  return {
    secret: arn,
    name,
    outcome: 'acknowledged',
    information: [
      `${consumer} runs version ${version}${isNew ? '' : ', which was known already'}`,
      ...(isAwaited(secret, operating.now()) ? [EARLY] : []),
      ...(isNew ? await keepDone(operating, wordOf(operating, arn, version, word)) : []),
    ],
  }
}

const EARLY =
  'the sweep has not yet seen that another version was replaced, and an acknowledgement from before it has does not count: acknowledge again in a few minutes'

/** When the drain began in which this is said (ms since the epoch). It is of the version that is replaced, so not of AWSCURRENT. */
function drainedSince(secret: SecretDescription, now: number): number | undefined {
  const { drain } = stateOf(secret, now)
  return drain === undefined || drain.version === currentOf(secret) ? undefined : drain.since
}

/** Does a version drain of which the sweep has not written that it does? */
function isAwaited(secret: SecretDescription, now: number): boolean {
  const draining = versionWith(secret, 'DRAINING')
  return draining !== undefined && stateOf(secret, now).drain?.version !== draining
}

function refuseOther(secret: SecretDescription, version: string): void {
  const current = currentOf(secret)
  if (version === current) return
  throw new OverlapError(
    'LABELS_MOVED',
    `version ${version} is not AWSCURRENT, version ${current} is: read the secret again, and acknowledge version ${current}. Nothing was written`,
  )
}

/** Of any other kind the platform itself is asked. */
function acknowledgingConsumers({ tags }: SecretDescription): readonly string[] {
  const isAsked = ({ kind }: Consumer) => kind === 'event' || kind === 'manual'
  return parseConsumers(tags.get('overlap:consumers')).filter(isAsked).map(consumerName)
}

/** Others of the secret are nothing for whoever may acknowledge for one of them. */
function refuseUndeclared(declared: readonly string[], consumer: string): void {
  if (declared.includes(consumer)) return
  throw new OverlapError(
    'EVENT_INVALID',
    `field consumer of the request must be one that tag overlap:consumers names and that acknowledges by itself, event:NAME or manual:NAME; it names no ${consumer}`,
  )
}

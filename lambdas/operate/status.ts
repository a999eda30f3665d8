import { isUnderWay, nextAction } from '../sweep/next-action.ts'
import { overdueOf } from '../sweep/overdue.ts'
import { type Sight, sightOf } from '../sweep/sight.ts'
import { stuckOf } from '../sweep/stuck.ts'
import { lookAtConsumers } from './consumers.ts'
import { doubtedEvidence } from './doubted-evidence.ts'
import type { Entry } from './entry.ts'
import { drainingIn } from './labels.ts'
import type { Operating, Subject } from './operating.ts'
import { remembered } from './remembered.ts'
import type { RequestOf } from './request.ts'
import { type Standing, standingOf } from './standing.ts'
import { details, headline, nextCommand, wayBackWords } from './status-words.ts'

/**
 * Where a secret stands. Nothing is written, and no target is asked. Of one secret everything is told that is known; of all there is one line for each, and only
 * consumers that others wait for are asked. Throws `POLICY_INVALID`.
 */
export async function status(
  operating: Operating,
  { secret }: Subject,
  { target }: RequestOf<'status'>,
): Promise<Entry> {
  const sight = sightOf(secret, operating.settings, operating.now())
  const isOne = 'secret' in target
  const standing = await stand(operating, sight, isOne)
  const named = { name: secret.name, arn: secret.arn, deployment: operating.deployment }
  const run = nextCommand(standing, named)
  const { stuck, overdue } = standing
  const trouble = stuck ?? overdue
  return {
    secret: secret.arn,
    name: secret.name,
    outcome: stuck !== undefined ? 'stuck' : overdue !== undefined ? 'overdue' : standing.phase,
    ...(trouble === undefined ? {} : { code: trouble.reason }),
    headline: headline(standing),
    ...(isOne
      ? {
          information: [...details(standing), ...wayBackWords(standing, named)],
          ...(run === undefined ? {} : { run }),
          standing,
        }
      : {}),
  }
}

async function stand(operating: Operating, sight: Sight, isOne: boolean): Promise<Standing> {
  const { secret, state } = sight
  const standing = standingOf(sight, operating.settings)
  const drain = state.drain?.version === drainingIn(secret) ? state.drain : undefined
  const isAsked = standing.phase === 'rolling-out' || (isOne && standing.phase === 'draining')
  const before = isAsked ? drain?.version : isOne ? standing.goneEarly : undefined
  const consumers = before === undefined ? {} : { consumers: await lookAtConsumers(operating, sight, before) }
  const memory: Partial<Awaited<ReturnType<typeof remembered>>> = isOne
    ? await remembered(operating, secret, drain)
    : {}
  const seen = { ...sight, ...consumers }
  const doubted = drain === undefined ? undefined : doubtedEvidence(seen, drain.version, operating.settings)
  const stuck = stuckOf(seen, operating.settings, { lastUse: lastUseOf(memory) }) ?? doubted
  const overdue = overdueOf(sight, isUnderWay(nextAction(sight)))
  return {
    ...standing,
    ...consumers,
    ...memory,
    ...(stuck === undefined ? {} : { stuck: { reason: stuck.reason, sentence: stuck.sentence } }),
    ...(overdue === undefined ? {} : { overdue: { reason: overdue.reason, sentence: overdue.sentence } }),
  }
}

function lastUseOf({ lastSighting }: Pick<Standing, 'lastSighting'>) {
  if (lastSighting === undefined) return undefined
  return { at: Date.parse(lastSighting.seen), sighting: lastSighting }
}

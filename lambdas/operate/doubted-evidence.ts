import { inCommand } from '../rotation/secret-name.ts'
import { overlapCommand } from '../rotation/way-out.ts'
import { phaseOf, quietSince } from '../sweep/drain.ts'
import { isToEnd } from '../sweep/lateness.ts'
import type { Deployment, Sight } from '../sweep/sight.ts'
import type { Trouble } from './standing.ts'

/**
 * A drain that is over and does not end may lack evidence. Only who may read the logs of logins can say so for sure: the sweep, which tells of it, and `retire`. `consumers` that are
 * not there are a reason of their own.
 */
export function doubtedEvidence(sight: Sight, version: string, settings: Deployment): Trouble | undefined {
  const { policy, secret, consumers = [], now } = sight
  const isOver = phaseOf(sight, version) === 'over' && policy.drainSeconds > 0 && isToEnd(sight)
  const end = quietSince(sight) + policy.drainSeconds * 1000
  // A look more may be what is missing, and a pass has to come.
  const patience = 2 * settings.sampleEverySeconds * 1000
  if (!isOver || policy.evidence === 'clock' || now - end <= patience) return undefined
  if (consumers.some(({ state }) => state !== 'done')) return undefined
  const retire = overlapCommand(`retire ${inCommand(secret.name, secret.arn)}`, settings.name)
  return {
    reason: 'EVIDENCE_LACKING',
    sentence: `version ${version} could have been disabled since ${new Date(end).toISOString()}, and still works: what is known of its use may be less than the tag overlap:evidence=${policy.evidence} asks for. To see what is missing, run: ${retire}`,
  }
}

import { isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { waitingIn } from './due.ts'
import { leakAction } from './leak.ts'
import { isUnderWay, nextAction } from './next-action.ts'
import { overdueOf } from './overdue.ts'
import { isReplica } from './replica.ts'
import { type Deployment, sightOf } from './sight.ts'
import { stateOf } from './state.ts'

/**
 * Is a listed secret worth a visit? A listing may be minutes late: whom it leaves out is found by a later pass, and whom it names is looked at again
 * before anything is done. `in turn`: a rotation seems to be due, which can wait for others; `at once`: anything else. A policy that cannot be read
 * is worth a visit, which says so.
 */
export function nominationOf(
  listed: SecretDescription,
  deployment: Deployment,
  now: number,
): 'at once' | 'in turn' | undefined {
  if (isReplica(listed) || isHandedBack(listed)) return undefined
  if (versionWith(listed, 'DRAINING') !== undefined || waitingIn(listed) !== undefined) return 'at once'
  if (leakAction({ secret: listed, state: stateOf(listed, now), now }, deployment) !== undefined)
    return 'at once'
  try {
    const sight = sightOf(listed, deployment, now)
    const action = nextAction(sight)
    if (action.do === 'request') return 'in turn'
    const wanted = action.do !== 'nothing' && action.do !== 'wait'
    return wanted || overdueOf(sight, isUnderWay(action)) !== undefined ? 'at once' : undefined
  } catch (error) {
    if (error instanceof OverlapError) return 'at once'
    throw error
  }
}

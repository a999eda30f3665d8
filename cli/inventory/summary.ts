import { type State, stateOrder, states } from '../../lambdas/inventory/states.ts'
import type { Tally } from './tally.ts'

/** `31 secrets and 6 access keys: 3 never rotated, 5 stale, 12 fresh`. One credential counts for each of its states. */
export function summaryOf({ secrets, accessKeys, inState }: Tally): string {
  const counted = [
    number(secrets, 'secret'),
    ...(accessKeys > 0 ? [number(accessKeys, 'access key')] : []),
  ].join(' and ')
  const found = stateOrder.flatMap((state: State) => {
    const count = inState.get(state) ?? 0
    return count === 0 ? [] : [`${count} ${states[state].words}`]
  })
  return found.length === 0 ? `${counted} to list` : `${counted}: ${found.join(', ')}`
}

function number(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}

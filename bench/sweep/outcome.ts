import type { Pass } from '../../lambdas/sweep/sweep.ts'
import type { Outcome } from '../../sandbox/lambda/function-definition.ts'

/** Throws unless a pass did all of its work and nothing went wrong: what did less is cheap, and is not to be measured. */
export function refuseFailure(outcome: Outcome): void {
  if (!outcome.ok) throw new Error(`the sweep failed: ${outcome.errorType}: ${outcome.errorMessage}`)
  const { seen, failed, overdue, left } = outcome.payload as Pass
  if (seen === 0 || failed > 0 || overdue > 0 || left > 0)
    throw new Error(`a pass that does its work is to be measured, not ${JSON.stringify(outcome.payload)}`)
}

/** What a stand-in was asked, as its answer says. */
export function askedIn(outcome: Outcome): string {
  return outcome.ok ? (outcome.payload as { readonly asked: string }).asked : 'that failed'
}

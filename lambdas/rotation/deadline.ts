/** The part of Lambda's context that says how long the function may still run. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number
}

/** Time kept back, so that a step which gives up can still say why: a tenth of what is left, 3 s at most. Milliseconds. */
export function reserve(remainingMs: number): number {
  return Math.min(3_000, remainingMs / 10)
}

/** Milliseconds that may still be spent before the last call: enough has to be left for that call and for the answer. */
export function spareTime(context: RemainingTime): number {
  const remaining = context.getRemainingTimeInMillis()
  return remaining - 2 * reserve(remaining)
}

/** Ends a call to AWS that hangs, while there is time left to report it. */
export function callSignal(context: RemainingTime): AbortSignal {
  const remaining = context.getRemainingTimeInMillis()
  return AbortSignal.timeout(Math.max(1, Math.floor(remaining - reserve(remaining))))
}

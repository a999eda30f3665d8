import { OverlapError } from './errors.ts'
import { observed, type Telemetry, type Work } from './observed.ts'

/**
 * As `observed`, for what somebody asked for and waits for: a refusal is an answer, read by whoever asked, and no failure that rings an alarm. It is rethrown.
 * What is not ours stays a failure.
 */
export async function answered<R extends { readonly outcome: string }>(
  telemetry: Telemetry,
  work: Work,
  run: () => Promise<R>,
): Promise<R> {
  const ended = await observed(telemetry, work, async () => {
    try {
      const answer = await run()
      return { outcome: answer.outcome, answer, ...('code' in answer ? { reason: `${answer.code}` } : {}) }
    } catch (error) {
      if (error instanceof OverlapError) return { outcome: 'refused', reason: error.code, refusal: error }
      throw error
    }
  })
  if ('refusal' in ended) throw ended.refusal
  return ended.answer
}

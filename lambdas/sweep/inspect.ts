import type { Inspection } from '../adapters/adapter.ts'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import type { Retire } from './visiting.ts'

/** A version that is not on its way out any more is a matter for the next pass; everything else that goes wrong only leaves a gap. */
export async function inspect(
  retire: Retire,
  secretId: string,
  versionId: string,
): Promise<Inspection | { readonly unknown: ErrorCode }> {
  try {
    const found = await retire({ action: 'inspect', secretId, versionId, evenIfUsed: false })
    if (found.outcome !== 'inspected') return { unknown: 'UNEXPECTED' }
    const { outcome: _, ...inspection } = found
    return inspection
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED') throw error
    return { unknown: error.code }
  }
}

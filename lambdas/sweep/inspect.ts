import type { Inspection } from '../adapters/adapter.ts'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import type { Retire } from './visiting.ts'

/**
 * `disabledAt` (ms since the epoch) of a version that is told as disabled: then the target is asked whether it is, too. A version that is not on its way out any more is a matter for the next pass; everything else that goes wrong only leaves a
 * gap.
 */
export async function inspect(
  retire: Retire,
  secretId: string,
  versionId: string,
  disabledAt?: number,
): Promise<(Inspection & { readonly disabled?: boolean }) | { readonly unknown: ErrorCode }> {
  try {
    const told = disabledAt === undefined ? {} : { disabledAt }
    const found = await retire({ action: 'inspect', secretId, versionId, evenIfUsed: false, ...told })
    if (found.outcome !== 'inspected') return { unknown: 'UNEXPECTED' }
    const { outcome: _, ...inspection } = found
    return inspection
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED') throw error
    return { unknown: error.code }
  }
}

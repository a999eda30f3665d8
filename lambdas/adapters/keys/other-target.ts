import { OverlapError } from '../../rotation/errors.ts'
import type { KeyCodec } from './codec.ts'

/** Throws `TARGET_CHANGED`: a rotation makes another key for the same target. */
export function refuseOtherTarget<C>(
  { codec }: { readonly codec: KeyCodec<C> },
  pending: C,
  current: C,
): void {
  if (codec.target(pending) !== codec.target(current))
    throw new OverlapError('TARGET_CHANGED', 'the pending value names another target than the current one')
}

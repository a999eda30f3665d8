import { OverlapError } from './errors.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

/**
 * Of a version that drains, while a rollback goes back to it. Where the target cannot take a credential out of use, only labels tell whoever is about to delete it: DRAINING is taken off
 * it, and goes to the version that is replaced right before AWSCURRENT moves. A rollback that dies in between leaves an AWSPREVIOUS that nothing retires, until the next createSecret
 * finds that the target still has it, and pins it.
 */
export interface Withdrawal {
  /**
   * By compare and swap; nothing where another version drains, or none, or where what is replaced has nothing of its own to drain. Throws `LABELS_MOVED` where somebody has lifted
   * the label already: what they retired is not put back by `undo`.
   */
  withdraw(): Promise<void>
  readonly isBegun: () => boolean
  /** Throws `LABELS_MOVED` where somebody has set the label anew. */
  pinReplaced(): Promise<void>
  /** The rollback failed: the version drains as before, unless it is AWSCURRENT all the same. What cannot be put back now is pinned by the next rotation. */
  undo(): Promise<void>
}

/** `secret`: as it was when the rollback began. `isNeeded`: the version that is replaced has something of its own to drain. */
export function withdrawal(
  store: SecretStore,
  secret: SecretDescription,
  { to, replaced, isNeeded }: { readonly to: string; readonly replaced: string; readonly isNeeded: boolean },
): Withdrawal {
  let [isBegun, isPinned] = [false, false]
  return {
    isBegun: () => isBegun,
    async withdraw() {
      if (!isNeeded || versionWith(secret, 'DRAINING') !== to) return
      // A label that is gone already counts as moved: whose doing that was, is not told afterwards.
      if (versionWith(await store.describe(secret.arn), 'DRAINING') !== to)
        throw new OverlapError(
          'LABELS_MOVED',
          `version ${to} does not drain any more, so nothing was rolled back; look again`,
        )
      // It may be gone, too, where the answer gets lost.
      isBegun = true
      await store.moveLabel(secret.arn, 'DRAINING', { from: to })
    },
    async pinReplaced() {
      isPinned = true
      await store.moveLabel(secret.arn, 'DRAINING', { to: replaced })
    },
    async undo() {
      if (!isBegun) return
      const now = await store.describe(secret.arn)
      const draining = versionWith(now, 'DRAINING')
      const isOurs = draining === undefined || (isPinned && draining === replaced)
      if (versionWith(now, 'AWSCURRENT') !== replaced || !isOurs) return
      await store.moveLabel(secret.arn, 'DRAINING', {
        ...(draining === undefined ? {} : { from: draining }),
        to,
      })
    },
  }
}

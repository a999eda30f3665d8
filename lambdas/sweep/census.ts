import type { ListedSecret } from './listed-secret.ts'

/**
 * What a whole pass says of all secrets together. It comes after everything that heals and rotates, and is never a reason for less of that: what it costs is
 * time that was left over, and when it fails the pass stands.
 */
export interface Census {
  /** Each secret of the listing, whoever rotates it. Never throws. */
  see(secret: ListedSecret): void
  /**
   * Tells what was found out of those that were seen. `cut`: there was no time to find out everything, so no figure is published, and the next pass goes on
   * from there. Rejects with OverlapError when the whole of it failed; no figure is published then, either.
   */
  publish(): Promise<{ readonly outcome: 'counted' | 'cut' }>
}

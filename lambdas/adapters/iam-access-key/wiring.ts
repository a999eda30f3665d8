import { type RemainingTime, spareTime } from '../../rotation/deadline.ts'
import { unsureSeconds } from '../../rotation/minting.ts'
import { parseDuration } from '../../rotation/policy.ts'
import type { HeldValues } from '../adapter.ts'
import type { IamAccessKeyOptions } from './options.ts'

/** What one invocation brings. */
export function iamAccessKeyInvocation(
  secret: { readonly arn: string; readonly tags: ReadonlyMap<string, string> },
  context: RemainingTime,
  held: HeldValues,
): IamAccessKeyOptions {
  // A tag that is no duration is for the sweep to refuse, which then asks for nothing to be reclaimed.
  const lagSeconds = parseDuration(secret.tags.get('overlap:lag') ?? '') ?? 0
  return {
    patience: { reclaimUnsureAfterMs: unsureSeconds(lagSeconds) * 1000 },
    secretArn: secret.arn,
    tags: secret.tags,
    held,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remaining: () => spareTime(context),
  }
}

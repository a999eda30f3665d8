import { type RemainingTime, spareTime } from '../../rotation/deadline.ts'
import type { HeldKeys } from '../keys/held.ts'
import type { IamAccessKeyOptions } from './options.ts'

/** What one invocation brings. */
export function iamAccessKeyInvocation(
  secret: { readonly arn: string; readonly tags: ReadonlyMap<string, string> },
  context: RemainingTime,
  held: HeldKeys,
): IamAccessKeyOptions {
  return {
    secretArn: secret.arn,
    tags: secret.tags,
    held,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remaining: () => spareTime(context),
  }
}

import { type RemainingTime, spareTime } from '../../rotation/deadline.ts'
import type { HeldValues } from '../adapter.ts'
import type { IamAccessKeyOptions } from './options.ts'

/** What one invocation brings. */
export function iamAccessKeyInvocation(
  secret: { readonly arn: string; readonly tags: ReadonlyMap<string, string> },
  context: RemainingTime,
  held: HeldValues,
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

import type { Fate } from '../lane.ts'

/**
 * What befalls a call, and who made it. Between two calls that change something there is nothing but reading, so to die anywhere between them is to die before the second.
 */
export const faults = ['killed before', 'killed after', 'cut after'] as const satisfies readonly Fate[]

const writes: ReadonlySet<string> = new Set([
  'PutSecretValue',
  'UpdateSecretVersionStage',
  'TagUser',
  'UntagUser',
  'CreateAccessKey',
  'UpdateAccessKey',
  'DeleteAccessKey',
  'create',
  'disable',
  'enable',
  'remove',
])

/** Does this call of a function change something, at Secrets Manager or at one who mints keys? */
export function isWrite(name: string): boolean {
  return writes.has(name)
}

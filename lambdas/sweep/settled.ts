import { isHandedBack } from '../rotation/at-rest.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { SweepMemory } from './memory.ts'
import { isReplica } from './replica.ts'
import { stateOf } from './state.ts'

/**
 * May a person have put a value in place of AWSCURRENT, which nobody has found to work since? After a retirement AWSPREVIOUS is the version that the sweep saw drain, and
 * stays it: another one says so, event or no event. A function that has just started asks once, and once after each change.
 */
export function isUnsettled(memory: SweepMemory, secret: SecretDescription, now: number): boolean {
  const [current, previous] = [versionWith(secret, 'AWSCURRENT'), versionWith(secret, 'AWSPREVIOUS')]
  const isRotated =
    versionWith(secret, 'DRAINING') !== undefined || versionWith(secret, 'AWSPENDING') === current
  if (current === undefined || previous === undefined || isRotated) return false
  if (isReplica(secret) || isHandedBack(secret)) return false
  if (stateOf(secret, now).drain?.version === previous) return false
  const settled = memory.settled.get(secret.arn) ?? Number.NEGATIVE_INFINITY
  return (secret.lastChanged?.getTime() ?? Number.POSITIVE_INFINITY) > settled
}

/** AWSCURRENT is known to work, as of the secret's last change. */
export function settle(memory: SweepMemory, { arn, lastChanged }: SecretDescription): void {
  if (lastChanged !== undefined) memory.settled.set(arn, lastChanged.getTime())
}

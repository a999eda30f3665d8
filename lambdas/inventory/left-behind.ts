import { OverlapError } from '../rotation/errors.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { Entry } from './entry.ts'
import { isOverlaps, namedFunction, nameOfFunction } from './ours.ts'
import { stateOrder } from './states.ts'

/**
 * Is its rotation function called as this deployment's are, while it is none of them? So it is with a secret whose network left the deployment before the secret did:
 * nothing rotates it any more. `functions`: ARNs of the deployment's rotation functions.
 */
export function isLeftBehind(
  secret: ListedSecret,
  deployment: string,
  functions: ReadonlySet<string>,
): boolean {
  const { rotationFunction = '' } = secret
  return (
    isOverlaps(secret) &&
    namedFunction(rotationFunction)?.deployment === deployment &&
    !functions.has(rotationFunction)
  )
}

/** Why it is blocked, and why nobody may ask for its versions: the sweep's role reaches what its functions rotate. */
export function leftBehind({ rotationFunction = '' }: ListedSecret, deployment: string): OverlapError {
  return new OverlapError(
    'SECRET_NOT_OURS',
    `its rotation function ${nameOfFunction(rotationFunction)} is none of deployment ${deployment} any more, as when its network was taken out, so nothing rotates it`,
  )
}

/** The same entry, which counts as blocked and says what to do. */
export function blockedBy({ code, message }: OverlapError, entry: Entry): Entry {
  return {
    ...entry,
    states: stateOrder.filter((state) => state === 'BLOCKED' || entry.states.includes(state)),
    reason: code,
    because: message,
    path: {
      ...entry.path,
      says: 'Put that network back, or give its database another one, and deploy (docs/changes.md)',
      run: undefined,
    },
  }
}

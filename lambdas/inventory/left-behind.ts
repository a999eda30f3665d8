import { OverlapError } from '../rotation/errors.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { Entry } from './entry.ts'
import { isOverlaps, namedFunction, nameOfFunction } from './ours.ts'
import { stateOrder } from './states.ts'

/** Why nothing rotates a secret any more; undefined: this is not known of it. */
export type LeftBehind = (secret: ListedSecret) => OverlapError | undefined

/**
 * Tells it of a secret whose rotation function is called as this deployment's are, while it is none of them: as when its network left the deployment before the
 * secret did. `functions`: ARNs of the deployment's rotation functions. Its versions may not be asked for by the sweep, whose role reaches what its functions rotate.
 */
export function leftBehindBy(deployment: string, functions: ReadonlySet<string>): LeftBehind {
  return (secret) => {
    const { rotationFunction = '' } = secret
    const isNamed = isOverlaps(secret) && namedFunction(rotationFunction)?.deployment === deployment
    if (!isNamed || functions.has(rotationFunction)) return undefined
    return new OverlapError(
      'SECRET_NOT_OURS',
      `its rotation function ${nameOfFunction(rotationFunction)} is none of deployment ${deployment} any more, as when its network was taken out, so nothing rotates it`,
    )
  }
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
      says: 'Put back what was taken out (a network, a group of access keys or a provider), or give the secret another one, and deploy (docs/changes.md)',
      run: undefined,
    },
  }
}

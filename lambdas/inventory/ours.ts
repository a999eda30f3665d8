import { isHandedBack } from '../rotation/at-rest.ts'
import { TAG_PREFIX } from '../rotation/secret-tags.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'

/** The kinds that have a rotation function; a deployment's functions are named for them (infra/names.ts). */
const kinds = ['postgres', 'iam-access-key', 'http-api-key'] as const
export type Kind = (typeof kinds)[number]

const functionName = new RegExp(`^([A-Za-z][A-Za-z0-9-]*)-rotate-(${kinds.join('|')})-[A-Za-z][A-Za-z0-9-]*$`)

/** What the name of a rotation function of Overlap's says. */
export interface NamedFunction {
  readonly deployment: string
  readonly kind: Kind
}

/** undefined: the function is not called as one of Overlap's is, or there is none. */
export function namedFunction(functionArn: string | undefined): NamedFunction | undefined {
  const [, deployment, kind] = functionName.exec(nameOfFunction(functionArn ?? '')) ?? []
  const known = kinds.find((each) => each === kind)
  return deployment === undefined || known === undefined ? undefined : { deployment, kind: known }
}

/** In an ARN with a version or an alias behind it, too; what is no ARN is taken for a name. */
export function nameOfFunction(functionArn: string): string {
  return functionArn.split(':')[6] ?? functionArn
}

/**
 * Does some deployment of Overlap rotate it? Told by its rotation function's name and by its tags, so anybody may make it look so. One that was handed back has
 * no tag left.
 */
export function isOverlaps(secret: ListedSecret): boolean {
  const isTagged = [...secret.tags.keys()].some((key) => key.startsWith(TAG_PREFIX))
  return isTagged && namedFunction(secret.rotationFunction) !== undefined
}

/** Name of another deployment of Overlap that rotates it, as its function is called; undefined: no other does. `isOurs`: does this one? */
export function otherDeploymentOf(
  secret: ListedSecret,
  isOurs: (secret: ListedSecret) => boolean,
): string | undefined {
  if (secret.owningService !== undefined || isOurs(secret) || !isOverlaps(secret)) return undefined
  return namedFunction(secret.rotationFunction)?.deployment
}

/** Does this deployment rotate it? `functions`: ARNs of its rotation functions; undefined: they are not known, and then every deployment is this one. */
export function isOursAmong(functions: ReadonlySet<string> | undefined): (secret: ListedSecret) => boolean {
  if (functions === undefined) return isOverlaps
  return (secret) =>
    secret.rotationFunction !== undefined && functions.has(secret.rotationFunction) && !isHandedBack(secret)
}

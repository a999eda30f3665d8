import { ApiRefusal, badRequest } from './refusal.ts'
import type { Annotations } from './workload.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The annotations of a template after a strategic merge patch of them, which is a merge of their members; null takes one away
 * (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/). Throws for a patch of anything else, which is not part of the sandbox.
 */
export function patchedAnnotations(present: Annotations, patch: unknown): Annotations {
  let value: unknown = patch
  for (const name of ['spec', 'template', 'metadata', 'annotations']) value = onlyMember(value, name)
  const annotations: Record<string, string> = { ...present }
  for (const [key, given] of Object.entries(objectIn(value))) {
    if (given === null) delete annotations[key]
    else if (typeof given === 'string') annotations[validKey(key)] = given
    else throw badRequest('the value of an annotation is a text')
  }
  return annotations
}

function onlyMember(value: unknown, name: string): unknown {
  const members = objectIn(value)
  const others = Object.keys(members).filter((key) => key !== name)
  if (others.length > 0) throw badRequest(`a patch of ${others.join(', ')} is not part of the sandbox`)
  return members[name]
}

function objectIn(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw badRequest('the patch must be of the annotations of the template')
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
function validKey(key: string): string {
  const [name = '', prefix, ...more] = key.split('/').toReversed()
  const isName = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(name)
  const isPrefix =
    prefix === undefined || (prefix.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(prefix))
  if (isName && isPrefix && more.length === 0) return key
  throw new ApiRefusal(422, 'Invalid', `annotations: Invalid value: "${key}": a qualified name is expected`)
}

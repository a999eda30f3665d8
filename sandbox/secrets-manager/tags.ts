import { isObject } from '../json-service.ts'
import { ServiceError } from './errors.ts'
import { optionalList, optionalTexts, type Request, requiredText, secretId } from './request.ts'
import type { Operation } from './service.ts'

const TAGS_PER_SECRET = 50

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Throws for a key or value that breaks the rules, a repeated key, or more tags than a secret may have. */
export function optionalTags(request: Request): ReadonlyMap<string, string> | undefined {
  const list = optionalList(request, 'Tags', { min: 0, max: 1000 })
  if (!list) return undefined
  const tags = new Map<string, string>()
  for (const tag of list) {
    if (!isObject(tag)) throw new ServiceError('SerializationException', 'Tags must be a list of structures')
    const key = requiredText(tag, 'Key', { min: 1, max: 128, pattern: TAG_CHARACTERS })
    const value = requiredText(tag, 'Value', { max: 256, pattern: TAG_CHARACTERS })
    if (/^aws:/i.test(key))
      throw new ServiceError(
        'InvalidParameterException',
        'Tag keys that start with aws: are reserved for use by AWS.',
      )
    if (tags.has(key))
      throw new ServiceError('InvalidParameterException', `The tag key ${key} is given more than once.`)
    tags.set(key, value)
  }
  checkCount(tags.size)
  return tags
}

function checkCount(count: number): void {
  if (count > TAGS_PER_SECRET)
    throw new ServiceError('LimitExceededException', `A secret can have at most ${TAGS_PER_SECRET} tags.`)
}

export const tagResource: Operation = (service, request) => {
  const id = secretId(request)
  const tags = optionalTags(request)
  if (!tags) throw new ServiceError('InvalidParameterException', 'You must provide Tags.')
  const secret = service.secrets.live(id)
  const all = new Map([...(secret.tags ?? []), ...tags])
  checkCount(all.size)
  secret.tags = all
  secret.changedAt = service.clock.now()
  return {}
}

export const untagResource: Operation = (service, request) => {
  const id = secretId(request)
  const keys = optionalTexts(request, 'TagKeys', { min: 0, max: 1000, each: { min: 1, max: 128 } })
  if (!keys) throw new ServiceError('InvalidParameterException', 'You must provide TagKeys.')
  const secret = service.secrets.live(id)
  for (const key of keys) secret.tags?.delete(key)
  secret.changedAt = service.clock.now()
  return {}
}

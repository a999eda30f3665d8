import { OverlapError } from '../rotation/errors.ts'
import { HOLD_TAG } from '../rotation/hold.ts'
import { TAG_PREFIX } from '../rotation/secret-tags.ts'
import { STATE_TAG } from '../sweep/state.ts'

/**
 * What a deployment asks for, as the provider framework of CDK's custom resources hands it on
 * (https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html).
 */
export type Adoption = {
  /** Follows from the resource and the secret: only another secret makes another resource. */
  readonly physicalId: string
} & (
  | {
      readonly do: 'tag'
      readonly secretId: string
      readonly tags: Readonly<Record<string, string>>
      /** What the deployment wrote before and does not want any more. */
      readonly untag: readonly string[]
    }
  | {
      readonly do: 'check'
      readonly secretId: string
      readonly functionArn: string
      /** Is the user to be made first? */
      readonly newUser: boolean
    }
  /** Deletion undoes nothing: a construct that is moved is deleted in one place after it was created in another. */
  | { readonly do: 'nothing' }
)

type Fields = Readonly<Record<string, unknown>>

/** Throws `EVENT_INVALID` naming the field; never for a deletion, which must always succeed. */
export function parseAdoption(event: unknown): Adoption {
  const { RequestType, ResourceType, PhysicalResourceId, ResourceProperties, OldResourceProperties } =
    fieldsOf(event)
  if (RequestType === 'Delete')
    return { do: 'nothing', physicalId: text(PhysicalResourceId, 'PhysicalResourceId') }
  if (RequestType !== 'Create' && RequestType !== 'Update')
    throw invalid('RequestType', 'Create, Update or Delete')
  const properties = fieldsOf(ResourceProperties)
  const secretId = arn(properties.SecretId, 'SecretId')
  switch (ResourceType) {
    case 'Custom::OverlapTags': {
      const tags = tagsOf(properties.Tags)
      const old = fieldsOf(OldResourceProperties)
      const before = old.SecretId === secretId ? Object.keys(fieldsOf(old.Tags)) : []
      const untag = before.filter((key) => isPolicy(key) && !(key in tags))
      return { do: 'tag', physicalId: `overlap-tags/${secretId}`, secretId, tags, untag }
    }
    case 'Custom::OverlapCheck':
      return {
        do: 'check',
        physicalId: `overlap-check/${secretId}`,
        secretId,
        functionArn: arn(properties.Function, 'Function'),
        newUser: flag(properties.NewUser),
      }
    default:
      throw invalid('ResourceType', 'Custom::OverlapTags or Custom::OverlapCheck')
  }
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the deployment's request must be ${expected}`)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  throw invalid(field, 'a text')
}

function arn(value: unknown, field: string): string {
  if (typeof value === 'string' && value.startsWith('arn:')) return value
  throw invalid(field, 'an ARN')
}

/** CloudFormation hands everything on as text. */
function flag(value: unknown): boolean {
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw invalid('NewUser', 'true or false')
}

function tagsOf(value: unknown): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {}
  for (const [key, tag] of Object.entries(fieldsOf(value))) {
    if (!isPolicy(key)) throw invalid('Tags', `policy, whose names begin with ${TAG_PREFIX}, and not ${key}`)
    if (typeof tag !== 'string') throw invalid(`Tags.${key}`, 'a text')
    tags[key] = tag
  }
  return tags
}

/** A person's hold and the sweep's notes are no deployment's to write or to take away. */
function isPolicy(key: string): boolean {
  return key.startsWith(TAG_PREFIX) && key !== HOLD_TAG && key !== STATE_TAG
}

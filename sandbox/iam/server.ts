import { type Clock, systemClock } from '../clock.ts'
import { invalidAction, type QueryService, startQueryService, type XmlMembers } from '../query-service.ts'
import { page, pathPrefix, userName } from './request.ts'
import { type SeededUser, type User, Users } from './users.ts'

export type { SeededAccessKey, SeededUser } from './users.ts'

export interface IamOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default 123456789012. */
  readonly accountId?: string
  readonly clock?: Clock
}

/** `url` is for AWS_ENDPOINT_URL_IAM. */
export interface Iam extends QueryService {
  /** Throws for what IAM would not have let come about. */
  seed(user: SeededUser): { readonly arn: string; readonly accessKeyIds: readonly string[] }
}

type Action = (users: Users, fields: URLSearchParams) => XmlMembers

const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    ListAccessKeys(users, fields) {
      const { name, accessKeys } = users.get(userName(fields))
      const { items, ...more } = page(accessKeys, fields)
      const keys = items.map(({ id, active, createdAt }) => ({
        UserName: name,
        AccessKeyId: id,
        Status: active ? 'Active' : 'Inactive',
        CreateDate: date(createdAt),
      }))
      return { UserName: name, AccessKeyMetadata: keys, ...more }
    },
    ListUserTags(users, fields) {
      const { tags } = users.get(userName(fields))
      const { items, ...more } = page([...tags], fields)
      return { Tags: items.map(([Key, Value]) => ({ Key, Value })), ...more }
    },
    ListUsers(users, fields) {
      const { items, ...more } = page(users.list(pathPrefix(fields)), fields)
      return { Users: items.map(listed), ...more }
    },
  }),
)

/**
 * IAM on loopback, as far as one looks for access keys: ListUsers, ListAccessKeys and ListUserTags in AWS's query protocol
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html). No secret of a key is kept: IAM tells it once and never again.
 */
export async function startIam(options: IamOptions = {}): Promise<Iam> {
  const clock = options.clock ?? systemClock
  const users = new Users(clock, options.accountId ?? '123456789012')
  const endpoint = await startQueryService({
    port: options.port,
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    now: clock.now,
    perform(name, fields) {
      const action = actions.get(name)
      if (!action) throw invalidAction(name)
      return action(users, fields)
    },
  })
  return {
    ...endpoint,
    seed(user) {
      const { arn, accessKeys } = users.seed(user)
      return { arn, accessKeyIds: accessKeys.map(({ id }) => id) }
    },
  }
}

/** A listing shows neither tags nor permissions (https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html). */
function listed({ path, name, id, arn, createdAt }: User): XmlMembers {
  return { Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: date(createdAt) }
}

/** IAM knows whole seconds. */
function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

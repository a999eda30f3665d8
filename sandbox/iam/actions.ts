import type { Clock } from '../clock.ts'
import type { XmlMembers } from '../query-service.ts'
import { accessKeyId, page, pathPrefix, status, tagKeys, tags, userName } from './request.ts'
import type { User, Users } from './users.ts'

/** Throws QueryError. */
export type Action = (account: Account, fields: URLSearchParams) => XmlMembers

export interface Account {
  readonly users: Users
  readonly clock: Clock
  /** In ms. */
  readonly lastUseLag: () => number
}

/** What IAM can be asked here, each as https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html has it. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    /** The only answer that ever holds the secret. */
    CreateAccessKey({ users }, fields) {
      const { name } = users.get(userName(fields))
      const { id, secret, status: Status, createdAt } = users.addKey(name)
      const made = { AccessKeyId: id, Status, SecretAccessKey: secret, CreateDate: date(createdAt) }
      return { AccessKey: { UserName: name, ...made } }
    },
    DeleteAccessKey({ users }, fields) {
      users.deleteKey(userName(fields), accessKeyId(fields))
      return {}
    },
    /** What IAM says of a key that is none of the account's is not documented. */
    GetAccessKeyLastUsed({ users, clock, lastUseLag }, fields) {
      const { user, key } = users.lastUseOf(accessKeyId(fields))
      const use = key.lastUse.told(clock.now(), lastUseLag())
      const told = use
        ? { LastUsedDate: date(use.at), ServiceName: use.service, Region: use.region }
        : { ServiceName: 'N/A', Region: 'N/A' }
      return { UserName: user.name, AccessKeyLastUsed: told }
    },
    GetUser({ users }, fields) {
      const user = users.get(userName(fields))
      return { User: { ...listed(user), Tags: tagsOf(user) } }
    },
    ListAccessKeys({ users }, fields) {
      const { name, accessKeys } = users.get(userName(fields))
      const { items, ...more } = page(accessKeys, fields)
      const keys = items.map(({ id, status: Status, createdAt }) => ({
        UserName: name,
        AccessKeyId: id,
        Status,
        CreateDate: date(createdAt),
      }))
      return { UserName: name, AccessKeyMetadata: keys, ...more }
    },
    ListUserTags({ users }, fields) {
      const { items, ...more } = page(tagsOf(users.get(userName(fields))), fields)
      return { Tags: items, ...more }
    },
    ListUsers({ users }, fields) {
      const { items, ...more } = page(users.list(pathPrefix(fields)), fields)
      return { Users: items.map(listed), ...more }
    },
    TagUser({ users }, fields) {
      users.get(userName(fields)).tags.set(tags(fields))
      return {}
    },
    UntagUser({ users }, fields) {
      users.get(userName(fields)).tags.remove(tagKeys(fields))
      return {}
    },
    UpdateAccessKey({ users }, fields) {
      users.changeKey(userName(fields), accessKeyId(fields), status(fields))
      return {}
    },
  }),
)

/** A listing shows neither tags nor permissions (https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html). */
function listed({ path, name, id, arn, createdAt }: User): XmlMembers {
  return { Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: date(createdAt) }
}

function tagsOf(user: User): readonly XmlMembers[] {
  return user.tags.list().map(([Key, Value]) => ({ Key, Value }))
}

/** IAM knows whole seconds. */
function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

import { Stack } from 'aws-cdk-lib'
import { type IUser, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct, DependencyGroup } from 'constructs'
import { expecting, refuse } from './checks/problems.ts'
import { userConstructOf, userConstructProblems } from './checks/users.ts'
import type { CredentialPlace } from './credential-place.ts'
import { placeNameProblems } from './names.ts'
import type { Overlap } from './overlap.ts'
import { RotationFunctions } from './rotation-functions.ts'

export interface AccessKeysProps {
  /**
   * Part of the functions' names.
   * @default the construct's id
   */
  readonly groupName?: string
}

/** What the code of each function calls. That the first one only ever makes a key active is a boundary of code: IAM has no condition on it. */
const rotating = [
  'CreateAccessKey',
  'GetAccessKeyLastUsed',
  'ListAccessKeys',
  'ListUserTags',
  'TagUser',
  'UpdateAccessKey',
]
const retiring = [
  'DeleteAccessKey',
  'GetAccessKeyLastUsed',
  'ListAccessKeys',
  'ListUserTags',
  'TagUser',
  'UntagUser',
  'UpdateAccessKey',
]

/** A group of IAM users, and the functions that rotate their access keys. Its scope is the `Overlap` that it belongs to. Throws `NAME_INVALID`. */
export class AccessKeys extends Construct implements CredentialPlace {
  readonly kind = 'iam-access-key'
  readonly tellsUse = true
  readonly overlap: Overlap
  readonly groupName: string
  readonly functions: RotationFunctions
  readonly reachable = new DependencyGroup()
  readonly loginLogs = []
  /** Nothing: a secret that gets another user gets another tag, and is checked again for that. */
  readonly checked = {}
  /** By account and name, or by what stands for them, the construct that has it. */
  readonly #users = new Map<string, string>()
  #onUsers: readonly PolicyStatement[] = []

  constructor(scope: Overlap, id: string, props: AccessKeysProps = {}) {
    super(scope, id)
    this.overlap = scope
    this.groupName = props.groupName ?? id
    const { kind, groupName } = this
    refuse(placeNameProblems(`access keys ${groupName}`, scope.names.deployment, kind, groupName))
    this.functions = new RotationFunctions(this, scope, { kind, name: groupName, environment: {} })
    scope.connect(`${kind}-${groupName}`, this.functions, [this.functions.rotate, this.functions.retire])
  }

  /**
   * Lets the functions change the keys of exactly this user. `holder`: path of the construct whose secret holds them. Throws `ARN_INVALID`, `ARN_ELSEWHERE`, and `USER_TWICE` also
   * for a user of another group of the app.
   */
  grantUser(user: IUser, holder: string): void {
    const subject = `secret of ${holder}`
    refuse(userConstructProblems(subject, user, Stack.of(this)))
    const { userArn } = user
    const which = userConstructOf(user)
    const known = this.#groups().flatMap((group) => group.#users.get(which) ?? [])
    refuse(
      expecting(subject)(
        known.length === 0,
        'USER_TWICE',
        'user',
        `must be another one: ${known[0]} holds a key of ${JSON.stringify(user.stack.resolve(userArn))} already. IAM allows a user two keys, and a rotation needs both`,
      ),
    )
    this.#users.set(which, holder)
    if (this.#onUsers.length === 0) this.#allow(userArn)
    else for (const statement of this.#onUsers) statement.addResources(userArn)
  }

  grantKey(key: IKey | undefined): void {
    if (key) this.functions.grantKey(key.keyArn)
  }

  #groups(): readonly AccessKeys[] {
    return this.node.root.node.findAll().filter((each) => each instanceof AccessKeys)
  }

  #allow(userArn: string): void {
    const [forRotate, forRetire] = [onUsers(rotating, userArn), onUsers(retiring, userArn)]
    this.functions.rotate.allow(forRotate)
    this.functions.retire.allow(forRetire)
    this.#onUsers = [forRotate, forRetire]
  }
}

/**
 * One list of users for all actions, since a role's policy is short. The condition holds where a call names no tag at all, and else for tags of ours alone:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function onUsers(actions: readonly string[], userArn: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'KeysOfTheseUsers',
    actions: actions.map((action) => `iam:${action}`),
    resources: [userArn],
    conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['overlap:*'] } },
  })
}

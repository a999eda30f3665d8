import { Stack } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { OverlapFunction } from './overlap-function.ts'
import { datesOfVersions, listSecrets } from './permissions.ts'
import { acknowledgeWildcards, WideStatement } from './wide-statement.ts'

export interface PeoplePoliciesProps {
  readonly deploymentName: string
  /** @default '/' */
  readonly rolePath?: string
  readonly view: OverlapFunction
  readonly operate: OverlapFunction
  readonly revoke: OverlapFunction
  /** An inventory takes thresholds and schedules from it. */
  readonly sweep: OverlapFunction
  /** Draws the dashboard's lists in the name of whoever looks; undefined where there is no dashboard. */
  readonly inventory: OverlapFunction | undefined
}

/**
 * What people may do, to be attached to their roles. Each is enough by itself, and none lets anybody read a value, or touch a secret but through a function.
 *
 * - viewer: `overlap status`, `overlap inventory`, the dashboard
 * - operator: and hold, roll back, retire what is accepted, repair, acknowledge. To rotate by hand takes `secretsmanager:RotateSecret`, which somebody else has to grant
 * - revoker: as a viewer, and take a leaked credential out of use, whoever uses it
 */
export class PeoplePolicies extends Construct {
  readonly #props: PeoplePoliciesProps
  /** Whom an operator may ask. */
  readonly #operating: PolicyStatement

  constructor(scope: Construct, id: string, props: PeoplePoliciesProps) {
    super(scope, id)
    this.#props = props
    const { view, operate, revoke, inventory } = props
    const seeing = [view, ...(inventory ? [inventory] : [])]
    this.#policy(
      'viewer',
      'Sees where every rotation of Overlap stands, and how old credentials are',
      asking(seeing),
    )
    this.#operating = asking([...seeing, operate])
    this.#policy(
      'operator',
      'Holds, rolls back and retires what Overlap rotates, and sees where it stands',
      this.#operating,
    )
    this.#policy(
      'revoker',
      'Has Overlap revoke what leaked, and sees where it stands',
      asking([...seeing, revoke]),
    )
  }

  /** Where somebody has to acknowledge, an operator may do it for them through this function, too. */
  letAcknowledge(acknowledge: OverlapFunction): void {
    this.#operating.addResources(acknowledge.functionArn)
  }

  #policy(name: string, description: string, ask: PolicyStatement): void {
    const { deploymentName, rolePath } = this.#props
    const statements = [ask, ...this.#inventory()]
    const policy = new ManagedPolicy(this, name, {
      // IAM is global: in another Region there may be a deployment of the same name.
      managedPolicyName: `${deploymentName}-${name}-${Stack.of(this).region}`,
      description,
      statements,
      ...(rolePath === undefined ? {} : { path: rolePath }),
    })
    acknowledgeWildcards(policy, statements)
  }

  /** What `overlap inventory` asks in the name of whoever runs it. */
  #inventory(): PolicyStatement[] {
    return [
      listSecrets(),
      datesOfVersions(this),
      new WideStatement({
        sid: 'ListAccessKeys',
        actions: ['iam:ListAccessKeys', 'iam:ListUsers', 'iam:ListUserTags'],
        resources: [
          Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'user', resourceName: '*' }),
        ],
        reason:
          'Every access key of the account is to have a known age, whoever has it. It tells ids, dates and tags, and no key.',
      }),
      new PolicyStatement({
        sid: 'TakeThresholds',
        actions: ['lambda:GetFunctionConfiguration'],
        resources: [this.#props.sweep.functionArn],
      }),
    ]
  }
}

function asking(functions: readonly OverlapFunction[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'Ask',
    actions: ['lambda:InvokeFunction'],
    resources: functions.map(({ functionArn }) => functionArn),
  })
}

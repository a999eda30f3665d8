import { Lazy, type Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { OverlapFunction } from './overlap-function.ts'
import { logGroupsVariable } from './variables.ts'

/** The logs that `report` searches: those of functions that may say what somebody has to be told. */
export class ReportedLogs {
  /** Value of OVERLAP_LOG_GROUPS. */
  readonly variable: string
  /** What `report` may do about them. */
  readonly statement = new PolicyStatement({ sid: 'ReadLogs', actions: ['logs:FilterLogEvents'] })
  readonly #groups: ILogGroup[] = []

  constructor(stack: Stack) {
    this.variable = Lazy.string({ produce: () => logGroupsVariable(stack, this.#groups) })
  }

  add({ logGroup }: OverlapFunction): void {
    this.#groups.push(logGroup)
    this.statement.addResources(logGroup.logGroupArn)
  }
}

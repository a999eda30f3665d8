import { RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

/**
 * What was seen of each replaced credential, and why it was retired, line by line. Functions append to it and read it; none may delete or change a line, or the group, which stays
 * when the stack is deleted. One of the same name that is there already is taken over by `cdk deploy --import-existing-resources`.
 */
export class Journal extends Construct {
  readonly logGroupName: string
  readonly #arn: string

  constructor(scope: Construct, id: string, { deploymentName }: { readonly deploymentName: string }) {
    super(scope, id)
    this.logGroupName = `/overlap/${deploymentName}/journal`
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: this.logGroupName,
      // 400 days: longer than a year, for whoever is asked once a year.
      retention: RetentionDays.THIRTEEN_MONTHS,
      // Not where the deployment that makes it fails, or the next one would find its name taken.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    })
    this.#arn = logGroup.logGroupArn
  }

  write(): PolicyStatement {
    return new PolicyStatement({
      sid: 'WriteJournal',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.#arn],
    })
  }

  read(): PolicyStatement {
    return new PolicyStatement({
      sid: 'ReadJournal',
      actions: ['logs:FilterLogEvents'],
      resources: [this.#arn],
    })
  }
}

import { type Stack, Token } from 'aws-cdk-lib'
import type { IUser } from 'aws-cdk-lib/aws-iam'
import { arnProblems, partitionOf, userArn as userForm } from './arns.ts'
import { expecting, type Problem } from './problems.ts'

/** Which IAM user an ARN means, whatever its partition and path: the account and the name, in which case tells none from another. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function userOf(userArn: string): string {
  return `${userArn.split(':')[4]} ${userArn.split('/').at(-1)?.toLowerCase()}`
}

/** The same of a construct. What only the deployment knows is told from another by its stack, since in two of them, be it of two accounts, one reference means two users. */
export function userConstructOf(user: IUser): string {
  const arn = writtenArn(user, user.stack.region)
  if (!Token.isUnresolved(arn)) return userOf(arn)
  return `${user.stack.node.path} ${JSON.stringify(user.stack.resolve(arn))}`
}

/** What is wrong with a user whom functions of a stack are to reach, as far as it is known before the deployment. */
export function userConstructProblems(subject: string, user: IUser, { account, region }: Stack): Problem[] {
  const where = { subject, field: 'user' }
  const arn = writtenArn(user, region)
  if (Token.isUnresolved(arn)) {
    const resolved = JSON.stringify(user.stack.resolve(arn))
    return expecting(subject)(
      !/[*?]/.test(resolved),
      'ARN_INVALID',
      'user',
      `must be one IAM user, without * and ? in its path; found ${resolved}`,
    )
  }
  const own = Token.isUnresolved(account) ? (arn.split(':')[4] ?? '') : account
  return arnProblems(arn, userForm, { account: own, region }, where)
}

/** With the partition that the CDK leaves to the deployment. */
function writtenArn({ userArn }: IUser, region: string): string {
  return userArn.replace(/^arn:\$\{Token\[[^\]]*\]\}:/, `arn:${partitionOf(region) ?? 'aws'}:`)
}

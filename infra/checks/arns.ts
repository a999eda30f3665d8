import { RegionInfo } from 'aws-cdk-lib/region-info'
import { found, type Problem } from './problems.ts'

/** Where a deployment is. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** What an ARN may be asked to name: its service, the form of its last part, and how a person calls it. IAM alone has no Regions. */
export interface ArnForm {
  readonly service: string
  readonly resource: RegExp
  readonly called: string
  /** Of another account is fine, for instance a key that a central account keeps. */
  readonly anyAccount?: boolean
}

export const secretArn: ArnForm = {
  service: 'secretsmanager',
  resource: /^secret:[A-Za-z0-9/_+=.@!-]+-[A-Za-z0-9]{6}$/,
  called: 'the complete ARN of a secret, with the six characters at its end',
}
export const keyArn: ArnForm = {
  service: 'kms',
  resource: /^key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  called: 'the ARN of a key (not of an alias)',
  anyAccount: true,
}
export const topicArn: ArnForm = {
  service: 'sns',
  resource: /^[\w-]{1,256}$/,
  called: 'the ARN of an SNS topic',
}
/** With its path, which may have any character, but for those that a policy takes for many: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const userArn: ArnForm = {
  service: 'iam',
  resource: /^user\/((?![*?])[!-~])*(?<=\/)[\w+=,.@-]{1,64}$/,
  called: 'the ARN of one IAM user',
}
export const policyArn: ArnForm = {
  service: 'iam',
  resource: /^policy\/[!-~]+$/,
  called: 'the ARN of a managed policy',
  anyAccount: true,
}

/** What is wrong with an ARN that someone wrote down. `where` says whose field it is. */
export function arnProblems(
  arn: unknown,
  form: ArnForm,
  place: Place,
  where: { readonly subject: string; readonly field: string },
): Problem[] {
  const match = /^arn:(aws[\w-]*):([\w-]+):([\w-]*):([\w-]*):(.+)$/.exec(String(arn))
  const [, partition, service, region, account, resource = ''] = match ?? []
  if (service !== form.service || !form.resource.test(resource) || (region === '') !== (service === 'iam'))
    return [{ code: 'ARN_INVALID', ...where, message: `must be ${form.called}; ${foundArn(arn)}` }]
  const elsewhere: Problem[] = []
  const expected = partitionOf(place.region)
  if (expected !== undefined && partition !== expected)
    elsewhere.push({
      code: 'ARN_ELSEWHERE',
      ...where,
      message: `must begin with arn:${expected}:, since the environment's Region is ${place.region}; ${found(arn)}`,
    })
  if (service !== 'iam' && region !== place.region)
    elsewhere.push({
      code: 'ARN_ELSEWHERE',
      ...where,
      message: `must be in the environment's Region ${place.region}; ${arn} is in ${region}`,
    })
  if (account !== place.account && !form.anyAccount)
    elsewhere.push({
      code: 'ARN_ELSEWHERE',
      ...where,
      message: `must be in the environment's account ${place.account}; ${arn} is in ${account}`,
    })
  return elsewhere
}

/** Somebody may have put a credential where the ARN of its secret belongs, and this is shown on terminals and in logs. */
function foundArn(arn: unknown): string {
  return String(arn).startsWith('arn:')
    ? found(arn)
    : 'what is there does not begin with arn:, and is not repeated here, since it may be a credential'
}

/** The name in a complete ARN of a secret. */
export function secretNameIn(arn: string): string {
  return arn.split(':').slice(6).join(':').slice(0, -'-AbCdEf'.length)
}

/** Of a Region that is newer than the CDK, nobody here knows it. */
export function partitionOf(region: string): string | undefined {
  return RegionInfo.get(region).partition
}

/** Of a field that may be left out. */
export function optionalArn(
  arn: string | undefined,
  form: ArnForm,
  place: Place,
  where: { readonly subject: string; readonly field: string },
): Problem[] {
  return arn === undefined ? [] : arnProblems(arn, form, place, where)
}

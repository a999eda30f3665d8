import type { Iam } from '../iam/server.ts'
import { invalidAction, type QueryService, startQueryService } from '../query-service.ts'

export interface StsOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Whose keys sign; it knows Region, account and clock, too. */
  readonly iam: Pick<Iam, 'callersOf'>
}

/** `url` is for AWS_ENDPOINT_URL_STS. */
export interface Sts extends QueryService {}

/**
 * STS on loopback: GetCallerIdentity, which everybody may ask whose signature is right, whatever policies say
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html). sandbox/iam/server.ts says who that is.
 */
export async function startSts({ port, iam }: StsOptions): Promise<Sts> {
  const callers = iam.callersOf('sts')
  return startQueryService({
    port,
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    now: callers.tellTime,
    async perform(action, _fields, request) {
      const { arn, userId } = await callers.authenticate(request)
      if (action !== 'GetCallerIdentity') throw invalidAction(action)
      return { Arn: arn, UserId: userId, Account: arn.split(':')[4] ?? '' }
    },
  })
}

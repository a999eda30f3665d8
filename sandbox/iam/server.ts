/**
 * IAM on loopback, as far as one rotates access keys: users, their keys and tags, in AWS's query protocol, and who signed a call.
 *
 *   const iam = await startIam({ clock })                       // AWS_ENDPOINT_URL_IAM = iam.url
 *   const sts = await startSts({ iam })                         // AWS_ENDPOINT_URL_STS = sts.url
 *
 * Whoever runs the sandbox signs as `sandbox` with the secret `sandbox`; functions sign as sandbox/lambda/environment.ts has it. Both are the account's and may do
 * everything; users have no policies and may do nothing but ask STS who they are. Nobody else is let in.
 *
 *   const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'   // 40 characters
 *   iam.seed({ name: 'deployer', accessKeys: [{ id: 'AKIAIOSFODNN7EXAMPLE', secret, created, lastUsed }] })
 *
 * is a user whose key works at once and everywhere. What a call creates, changes or deletes comes to each front end of IAM and of STS after a delay of its own, by the
 * sandbox's clock, and calls go round among them, so that one success proves nothing:
 *
 *   iam.setPropagation([0, 2_000, 5_000])                       // three front ends; [0]: at once
 *   iam.setLastUseLag(4 * 3_600_000)                            // GetAccessKeyLastUsed tells of a use so much later; 0: at once
 *   iam.use('AKIAIOSFODNN7EXAMPLE', { service: 's3', region: 'eu-central-1' })   // as if another service had been called now
 *
 * Faults are of every service of this protocol; call-fates.ts has them all. A proxy in between has to leave the Host header as it is, which is signed.
 *
 *   iam.decideFates(({ action }) => (action === 'CreateAccessKey' ? 'lost after' : 'answered'), () => process.kill(pid, 'SIGKILL'))
 *   iam.decideFates(undefined)
 *
 * A client that got no answer, or a 500, asks again unless its maxAttempts is 1. Answers tell the time of the sandbox, by which an SDK signs from then on; one that does is
 * let in also after the clock has jumped.
 */
import { type Clock, systemClock } from '../clock.ts'
import { invalidAction, QueryError, type QueryService, startQueryService } from '../query-service.ts'
import { actions } from './actions.ts'
import { type Caller, type Callers, Identities } from './callers.ts'
import { type SeededUser, Users } from './users.ts'

export type { Callers } from './callers.ts'
export type { SeededAccessKey, SeededUser } from './users.ts'

export interface IamOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default 123456789012. */
  readonly accountId?: string
  /** Besides us-east-1, for which everybody may sign. Default us-east-1. */
  readonly region?: string
  readonly clock?: Clock
}

/** `url` is for AWS_ENDPOINT_URL_IAM. */
export interface Iam extends QueryService {
  /** Throws for what IAM would not have let come about. */
  seed(user: SeededUser): { readonly arn: string; readonly accessKeyIds: readonly string[] }
  /** In ms, one for each front end. Also of what has changed already. */
  setPropagation(delaysMs: readonly number[]): void
  /** In ms. */
  setLastUseLag(ms: number): void
  /** As if the key had been used now in a service that is not here. Throws when there is no such key. */
  use(accessKeyId: string, where: { readonly service: string; readonly region: string }): void
  /** For another service of the account, such as `sts`. */
  callersOf(service: string): Callers
}

/** Seconds are what people see; how long it takes is not documented. */
const PROPAGATION_MS = [0, 1_000, 4_000]

/** "Recent activity usually appears within 4 hours" (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html). */
const LAST_USE_LAG_MS = 4 * 3_600_000

/** See the head of this file. */
export async function startIam(options: IamOptions = {}): Promise<Iam> {
  const { clock = systemClock, accountId = '123456789012', region = 'us-east-1' } = options
  const users = new Users(clock, accountId)
  let propagation: readonly number[] = PROPAGATION_MS
  let lag = LAST_USE_LAG_MS
  const lastUseLag = () => lag
  const identities = new Identities({
    clock,
    accountId,
    region,
    users,
    propagation: () => propagation,
    lastUseLag,
  })
  const callers = identities.callersOf('iam')
  const endpoint = await startQueryService({
    port: options.port,
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    now: callers.tellTime,
    async perform(name, fields, request) {
      const caller = await callers.authenticate(request)
      const action = actions.get(name)
      if (!action) throw invalidAction(name)
      if (caller.isUser) throw notAuthorized(caller, name, fields)
      return action({ users, clock, lastUseLag }, fields)
    },
  })
  return {
    ...endpoint,
    seed(user) {
      const { arn, accessKeys } = users.seed(user)
      return { arn, accessKeyIds: accessKeys.map(({ id }) => id) }
    },
    setPropagation(delaysMs) {
      if (delaysMs.length === 0 || delaysMs.some((ms) => !(ms >= 0)))
        throw new Error('each front end has a delay of 0 ms or more, and there is one at least')
      propagation = [...delaysMs]
    },
    setLastUseLag(ms) {
      if (!(ms >= 0)) throw new Error(`a lag of ${ms} ms: it must be 0 or more`)
      lag = ms
    },
    use(accessKeyId, where) {
      const held = users.holder(accessKeyId)
      if (!held) throw new Error(`there is no access key ${accessKeyId}`)
      held.key.lastUse.record({ ...where, at: clock.now() }, lag)
    },
    callersOf: (service) => identities.callersOf(service),
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has the form of the message. */
function notAuthorized({ arn }: Caller, action: string, fields: URLSearchParams): QueryError {
  const resource = fields.has('UserName') ? `user ${fields.get('UserName')}` : `${arn.split('/')[0]}/`
  return new QueryError(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: iam:${action} on resource: ${resource} because no identity-based policy allows the iam:${action} action`,
    403,
  )
}

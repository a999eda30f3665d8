import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { QueryError, type ReceivedRequest } from '../query-service.ts'
import { checkSignature, checkTerms } from './signature-check.ts'
import { type SignatureClaim, signatureClaim } from './signature-claim.ts'
import type { Users } from './users.ts'

/** Who signed a call. */
export interface Caller {
  readonly arn: string
  readonly userId: string
  /** Is it one of the account's users? They have no policies, so that IAM lets them do nothing. */
  readonly isUser: boolean
}

/** What a service of the account knows of its callers. */
export interface Callers {
  /** Finds out who signed a call. Throws QueryError. */
  authenticate(request: ReceivedRequest): Promise<Caller>
  /** What time it is, to be told to whoever called: from then on he may sign by it. In ms since the epoch. */
  tellTime(): number
}

interface Credentials {
  readonly secret: string
  readonly sessionToken: string | undefined
  readonly caller: Caller
  /** The signature was right: this is a use. */
  readonly used: () => void
}

export interface IdentityOptions {
  readonly clock: Clock
  readonly accountId: string
  readonly region: string
  readonly users: Users
  /** In ms, one for each front end of a service. */
  readonly propagation: () => readonly number[]
  readonly lastUseLag: () => number
}

/**
 * Everybody whose signature counts: users by their access keys, and the account's own callers, who run the sandbox and its functions. What has changed with an access
 * key comes to each front end of a service at its own time, and calls go round among them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency; how many there are and how long it takes is not documented).
 */
export class Identities {
  readonly #options: IdentityOptions

  constructor(options: IdentityOptions) {
    this.#options = options
  }

  /** For one service, which has front ends of its own. */
  callersOf(service: string): Callers {
    const { clock, region } = this.#options
    // IAM has one endpoint for the world, STS one besides those of Regions; an SDK that is told another address scopes by its own Region.
    const regions = ['us-east-1', region]
    const told = new ToldTimes()
    let turn = 0
    return {
      authenticate: async (request) => {
        const claim = signatureClaim(request)
        const now = clock.now()
        checkTerms(claim, { service, regions, clocks: [now, ...told.now(Date.now())] })
        const delays = this.#options.propagation()
        const delay = delays[turn++ % delays.length] ?? 0
        const { secret, sessionToken, caller, used } = this.#credentials(claim, now - delay)
        if (!isEqual(sessionToken ?? '', claim.sessionToken ?? '')) throw unknownToken()
        await checkSignature(request, claim, secret)
        used()
        return caller
      },
      tellTime() {
        const now = clock.now()
        told.tell(now, Date.now())
        return now
      },
    }
  }

  /** As known at a moment. Throws InvalidClientTokenId. */
  #credentials({ accessKeyId, scope }: SignatureClaim, asOf: number): Credentials {
    const own = accountCredentials(this.#options.accountId).get(accessKeyId)
    if (own) return { ...own, used: () => {} }
    const { clock, users, lastUseLag } = this.#options
    const { user, key } = users.holder(accessKeyId) ?? {}
    if (!user || !key || key.seenAt(asOf) !== 'Active') throw unknownToken()
    return {
      secret: key.secret,
      sessionToken: undefined,
      caller: { arn: user.arn, userId: user.id, isUser: true },
      used() {
        const { service, region } = scope
        key.lastUse.record({ at: clock.now(), service, region }, lastUseLag())
      },
    }
  }
}

/**
 * By what clocks callers may sign, besides the sandbox's: the real one, and what they were told, since the sandbox's clock may have jumped since then, which AWS's never
 * does, and an SDK goes on by what it was told.
 */
class ToldTimes {
  /** By which the clock that was told is ahead of real time, in ms; by its minutes, which is as exactly as a signature is held to it. */
  readonly #offsets = new Map([[0, 0]])

  tell(time: number, realTime: number): void {
    const offset = time - realTime
    this.#offsets.set(Math.round(offset / 60_000), offset)
  }

  now(realTime: number): readonly number[] {
    return [...this.#offsets.values()].map((offset) => realTime + offset)
  }
}

/** sandbox/guide.ts tells people the first, and sandbox/lambda/environment.ts gives functions the second. */
function accountCredentials(accountId: string): ReadonlyMap<string, Omit<Credentials, 'used'>> {
  const root = { arn: `arn:aws:iam::${accountId}:root`, userId: accountId, isUser: false }
  const aFunction = {
    arn: `arn:aws:sts::${accountId}:assumed-role/sandbox/function`,
    userId: 'AROASANDBOXSANDBOXAAA:function',
    isUser: false,
  }
  return new Map([
    ['sandbox', { secret: 'sandbox', sessionToken: undefined, caller: root }],
    ['ASIAQSANDBOXSANDBOX0', { secret: 'sandbox', sessionToken: 'sandbox', caller: aFunction }],
  ])
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * An unknown key, a deleted and an inactive one are one to STS and IAM, which is not documented so; https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html has the
 * code and its status.
 */
function unknownToken(): QueryError {
  return new QueryError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
}

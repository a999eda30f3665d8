import type { AskedByDeployment } from '../rotation/asked-rotation.ts'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import { nameInArn } from '../rotation/secret-name.ts'
import type { SecretTags } from '../rotation/secret-tags.ts'
import { provisionCommand } from '../rotation/way-out.ts'
import type { Adoption } from './event.ts'

export interface Adopting {
  readonly tags: SecretTags
  /** By the ARN of the rotation function. */
  readonly rotations: ReadonlyMap<string, AskedByDeployment>
  /** Name of the deployment, for the commands that people run. */
  readonly deployment: string
  /** Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that may still be spent, the answer apart. */
  readonly spare: () => number
}

export interface Adopted {
  /** For the log. */
  readonly outcome: 'tagged' | 'ready' | 'blocked' | 'nothing'
  readonly code?: ErrorCode
  /** Of a check: `ready`, or the code and the message of what would block a rotation, or kept its user from being made. */
  readonly result?: string
}

/**
 * Does what a deployment asks for; the same again is the same. Rejects with OverlapError, which fails the deployment: for tags that cannot be written, never
 * for what a check finds or for a user who cannot be made. CloudFormation would take back the very thing that says which GRANT is missing, and leave a new
 * secret behind, whose name the next attempt would find taken.
 */
export async function adopt(adopting: Adopting, adoption: Adoption): Promise<Adopted> {
  const permitted = oncePermitted(adopting)
  switch (adoption.do) {
    case 'nothing':
      return { outcome: 'nothing' }
    case 'tag': {
      const { secretId, tags, untag } = adoption
      if (Object.keys(tags).length > 0) await permitted(() => adopting.tags.tag(secretId, tags))
      if (untag.length > 0) await permitted(() => adopting.tags.untag(secretId, untag))
      return { outcome: 'tagged' }
    }
    case 'check':
      return check(adopting, permitted, adoption)
  }
}

async function check(
  { rotations, deployment }: Adopting,
  permitted: Permitted,
  { secretId, functionArn, newUser }: Adoption & { readonly do: 'check' },
): Promise<Adopted> {
  const rotation = rotations.get(functionArn)
  if (rotation === undefined)
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `${functionArn} is no rotation function of this deployment (OVERLAP_FUNCTIONS)`,
    )
  if (newUser) {
    const refusal = await refusalOf(() => permitted(() => rotation.provision(secretId)))
    const secret = { arn: secretId, name: nameInArn(secretId) ?? '' }
    if (refusal) return blocked(refusal, `. Then run: ${provisionCommand(secret, deployment)}`)
  }
  const refusal = await refusalOf(() =>
    permitted(async () => {
      const found = await rotation.check(secretId)
      if (found.outcome === 'blocked') throw new OverlapError(found.code, found.message)
    }),
  )
  return refusal ? blocked(refusal) : { outcome: 'ready', result: 'ready' }
}

/** What kept the work from being done; a defect of ours is rethrown. */
async function refusalOf(work: () => Promise<unknown>): Promise<OverlapError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof OverlapError) return error
    throw error
  }
}

type Permitted = <T>(work: () => Promise<T>) => Promise<T>

/** Milliseconds between tries: a minute in all, for whatever one request does. */
const DELAYS = [2_000, 4_000, 8_000, 16_000, 30_000]

/**
 * The rights of a role that was just made or changed take seconds to reach everywhere
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
function oncePermitted({ sleep, spare }: Adopting): Permitted {
  const delays = [...DELAYS]
  return async (work) => {
    for (;;)
      try {
        return await work()
      } catch (error) {
        const delay = isDenied(error) ? delays.shift() : undefined
        if (delay === undefined || delay > spare()) throw error
        await sleep(delay)
      }
  }
}

/** What another function was denied reaches this one as its message alone. */
function isDenied(error: unknown): boolean {
  return error instanceof OverlapError && error.message.includes('AccessDenied')
}

/** Characters. CloudFormation takes 4,096 bytes of an answer, and shows it on one line. */
const LONGEST_RESULT = 1_000

/** Of what is too long the reason is cut, never how to go on. */
function blocked({ code, message }: OverlapError, goingOn = ''): Adopted {
  const reason = `${code}: ${message}`.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_RESULT - goingOn.length)
  // A character that was cut in two is none.
  return { outcome: 'blocked', code, result: `${reason.replace(/\p{Cs}$/u, '')}${goingOn}` }
}

import type { AskedRotation } from '../rotation/asked-rotation.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { SecretTags } from '../rotation/secret-tags.ts'
import type { Adoption } from './event.ts'

export interface Adopting {
  readonly tags: SecretTags
  /** By the ARN of the rotation function. */
  readonly rotations: ReadonlyMap<string, AskedRotation>
  /** Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
}

export interface Adopted {
  /** For the log. */
  readonly outcome: 'tagged' | 'ready' | 'blocked' | 'nothing'
  /** Of a check: `ready`, or the code and the message of what would block a rotation. */
  readonly result?: string
}

/**
 * Does what a deployment asks for; the same again is the same. Rejects with OverlapError, which fails the deployment: never for what a check finds, since a
 * deployment that fails for a missing GRANT would take back the very thing that says so.
 */
export async function adopt(adopting: Adopting, adoption: Adoption): Promise<Adopted> {
  switch (adoption.do) {
    case 'nothing':
      return { outcome: 'nothing' }
    case 'tag': {
      const { secretId, tags, untag } = adoption
      if (Object.keys(tags).length > 0) await adopting.tags.tag(secretId, tags)
      if (untag.length > 0) await adopting.tags.untag(secretId, untag)
      return { outcome: 'tagged' }
    }
    case 'check':
      return check(adopting, adoption)
  }
}

async function check(
  { rotations, sleep }: Adopting,
  { secretId, functionArn, newUser }: Adoption & { readonly do: 'check' },
): Promise<Adopted> {
  const rotation = rotations.get(functionArn)
  if (rotation === undefined)
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `${functionArn} is no rotation function of this deployment (OVERLAP_FUNCTIONS)`,
    )
  if (newUser) await oncePermitted(sleep, () => rotation.provision(secretId))
  try {
    await oncePermitted(sleep, async () => {
      const found = await rotation.check(secretId)
      if (found.outcome === 'blocked') throw new OverlapError(found.code, found.message)
    })
    return { outcome: 'ready', result: 'ready' }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return { outcome: 'blocked', result: shown(`${error.code}: ${error.message}`) }
  }
}

/** Milliseconds between tries. */
const PATIENCE = [2_000, 5_000, 10_000]

/**
 * The rights of a role that was just made take seconds to reach everywhere
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
async function oncePermitted<T>(sleep: Adopting['sleep'], work: () => Promise<T>): Promise<T> {
  for (const delay of PATIENCE)
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof OverlapError) || !error.message.includes('AccessDenied')) throw error
      await sleep(delay)
    }
  return work()
}

/** CloudFormation takes 4,096 bytes of an answer, and shows it on one line. */
const LONGEST_RESULT = 1_000

function shown(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_RESULT)
}

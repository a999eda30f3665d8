/** Whether what leaked can be replaced. */
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import type { Subject } from './operating.ts'
import { lateness } from './use-words.ts'

/** What keeps AWSCURRENT from being replaced, or keeps that from being known; in words. */
export interface Doubt {
  readonly sure: boolean
  readonly sentence: string
}

/** A leak turns rotation on again. */
const NO_OBSTACLE = 'ROTATION_DISABLED'

/** What says only that nobody could find out, or what no leak asks for: a policy that cannot be read. */
const unsure: ReadonlySet<ErrorCode> = new Set([
  'POLICY_INVALID',
  'UNREACHABLE',
  'TLS_FAILED',
  'LOCK_TIMEOUT',
  'TIME_UP',
  'LABELS_MOVED',
  'SECRETS_MANAGER_FAILED',
  'IAM_FAILED',
  'PROVIDER_FAILED',
  'PROVIDER_ANSWER_INVALID',
  'LAST_USE_UNKNOWN',
  'DATABASE_FAILED',
  'UNEXPECTED',
])

/**
 * undefined: nothing is known to. Asks the rotation function, which writes nothing. `freed`: the version that drains loses its place before, so that it is no obstacle. Beside a rotation that has only just
 * begun it would find that one's own doing. `withinMs`: how long the answer is waited for.
 */
export async function doubtOfReplacing(
  { secret, functions: { rotate } }: Subject,
  { freed, withinMs }: { readonly freed: boolean; readonly withinMs?: number },
): Promise<Doubt | undefined> {
  try {
    const asked = rotate.check(secret.arn)
    const found = await (withinMs === undefined ? asked : within(withinMs, asked))
    if (found.outcome === 'ready' || found.code === NO_OBSTACLE) return undefined
    const { code, message } = found
    if (freed && code === 'DRAIN_IN_PROGRESS') return undefined
    if (unsure.has(code)) return notKnown(`${code}: ${message}`)
    const more = code === 'FOREIGN_KEY' ? foreignWords(secret.tags) : ''
    return { sure: true, sentence: `the replacement cannot be made: ${code}: ${message}${more}` }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return notKnown(error.message)
  }
}

function notKnown(why: string): Doubt {
  return { sure: false, sentence: `whether the replacement can be made is not known: ${why}` }
}

/** Throws `UNREACHABLE` when the answer does not come in time; one that comes later is not heard. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(new OverlapError('UNREACHABLE', `the rotation function did not answer within ${ms / 1000} s`)),
      ms,
    )
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whoever has the leaked key may make others. */
function foreignWords(tags: ReadonlyMap<string, string>): string {
  const late = lateness(tags)
  const told = late === undefined ? '' : `. A use of it may be told as much as ${late} late`
  return `${told}. An intruder may have made it: unless you know whose it is, delete it first, then ask again. A key that is inactive takes the place as well`
}

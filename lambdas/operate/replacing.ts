/** Whether what leaked can be replaced. */
import { OverlapError } from '../rotation/errors.ts'
import type { Subject } from './operating.ts'
import { lateness } from './use-words.ts'

/** What keeps AWSCURRENT from being replaced, or keeps that from being known; in words. */
export interface Doubt {
  readonly sure: boolean
  readonly sentence: string
}

/** A leak turns rotation on again. */
const NO_OBSTACLE = 'ROTATION_DISABLED'

/**
 * undefined: nothing is known to. Asks the rotation function, which writes nothing. `freed`: the version that drains loses its place before, so that it is no obstacle. Beside a rotation that has only just
 * begun it would find that one's own doing.
 */
export async function doubtOfReplacing(
  { secret, functions: { rotate } }: Subject,
  { freed }: { readonly freed: boolean },
): Promise<Doubt | undefined> {
  try {
    const found = await rotate.check(secret.arn)
    if (found.outcome === 'ready' || found.code === NO_OBSTACLE) return undefined
    const { code, message } = found
    if (freed && code === 'DRAIN_IN_PROGRESS') return undefined
    const more = code === 'FOREIGN_KEY' ? foreignWords(secret.tags) : ''
    return { sure: true, sentence: `the replacement cannot be made: ${code}: ${message}${more}` }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return { sure: false, sentence: `whether the replacement can be made is not known: ${error.message}` }
  }
}

/** Whoever has the leaked key may make others. */
function foreignWords(tags: ReadonlyMap<string, string>): string {
  const late = lateness(tags)
  const told = late === undefined ? '' : `. A use of it may be told as much as ${late} late`
  return `${told}. An intruder may have made it: unless you know whose it is, delete it first, then ask again. A key that is inactive takes the place as well`
}

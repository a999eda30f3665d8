import { OverlapError } from '../rotation/errors.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Operating } from './operating.ts'

/**
 * A tag is written as a whole, and nothing says whether it is still what was read. So whoever wrote looks again a little later than anybody could still write who had
 * read before, and writes again if need be.
 */
const SETTLE_MS = 1_500
const ROUNDS = 5

/**
 * Writes a tag until what is wanted is there. `next` answers the value to write over what was seen; undefined when nothing is missing from that. Throws what `next` throws, and
 * `LABELS_MOVED` when others wrote time and again.
 *
 * @returns the secret with what was wanted, and whether that had to be written
 */
export async function settledTag(
  { secrets, sleep }: Pick<Operating, 'secrets' | 'sleep'>,
  secret: SecretDescription,
  key: string,
  next: (seen: SecretDescription) => Promise<string | undefined>,
): Promise<{ readonly seen: SecretDescription; readonly isNew: boolean }> {
  let seen = secret
  for (let round = 0; round < ROUNDS; round++) {
    const value = await next(seen)
    if (value === undefined) return { seen, isNew: round > 0 }
    await secrets.tag(secret.arn, { [key]: value })
    await sleep(SETTLE_MS)
    seen = await secrets.describe(secret.arn)
  }
  throw new OverlapError(
    'LABELS_MOVED',
    `it could not be written down: others wrote tag ${key} time and again. Ask again`,
  )
}

import { OverlapError } from '../rotation/errors.ts'
import type { Entry } from './entry.ts'
import type { Operating, Subject } from './operating.ts'

/** Has the rotation function make the user of a secret that is new. */
export async function provision(
  _: Operating,
  { secret: { arn, name }, functions: { rotate } }: Subject,
): Promise<Entry> {
  try {
    const { outcome } = await rotate.provision(arn)
    return { secret: arn, name, outcome }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    const { code, message, detail, cause } = error
    throw new OverlapError(code, `${message}. Then run it again: a user that is there is not made twice`, {
      detail,
      cause,
    })
  }
}

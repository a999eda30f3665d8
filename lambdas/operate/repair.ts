import { OverlapError } from '../rotation/errors.ts'
import { isLeaked } from '../rotation/leaked.ts'
import { mints, NO_REPAIR } from '../rotation/minting.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { Entry } from './entry.ts'
import { currentOf, drainingIn, refuseDeleted } from './labels.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/**
 * After the target was restored from an older copy: has the rotation function apply AWSCURRENT's value again. Without a confirmation, or with one of another
 * version, nothing is done and the answer says what would be. Throws `LEAKED`, `NO_WAY_BACK` for a key, and whatever the rotation function reports.
 */
export async function repair(
  operating: Operating,
  { secret, functions }: Subject,
  request: RequestOf<'repair'>,
): Promise<Entry> {
  refuseDeleted(secret)
  const { arn, name } = secret
  const current = currentOf(secret)
  if (isLeaked(secret, current))
    throw new OverlapError(
      'LEAKED',
      `version ${current}, which is AWSCURRENT, leaked: nothing makes it valid again. The sweep asks for the rotation that replaces it`,
    )
  // Nobody is asked to confirm what cannot be done.
  if (mints(secret.tags)) throw new OverlapError('NO_WAY_BACK', `nothing was repaired: ${NO_REPAIR}`)
  if (request.confirm !== current)
    return unconfirmed(secret, current, request.confirm, await readiness(functions, arn))
  const { outcome, versionId } = await functions.rotate.repair(arn)
  const untold =
    outcome === 'works'
      ? []
      : await keepDone(
          operating,
          wordOf(operating, arn, versionId, {
            event: 'repaired',
            by: callerOf(request),
            reason: 'confirmed after the target was restored',
          }),
        )
  return {
    secret: arn,
    name,
    outcome,
    information: [
      outcome === 'works'
        ? `version ${versionId}, which is AWSCURRENT, works: nothing was written`
        : `version ${versionId}, which is AWSCURRENT, works: its value was applied at the target`,
      ...(versionId === current
        ? []
        : [`a rotation was faster: version ${current} was to be repaired, and is no longer AWSCURRENT`]),
      ...untold,
    ],
  }
}

function unconfirmed(
  secret: SecretDescription,
  current: string,
  confirmed: string | undefined,
  found: readonly string[],
): Entry {
  const moved =
    confirmed === undefined
      ? ''
      : `version ${confirmed} was confirmed, and it is not AWSCURRENT. Nothing was done. `
  return {
    secret: secret.arn,
    name: secret.name,
    outcome: 'unconfirmed',
    code: 'NOT_CONFIRMED',
    message:
      `${moved}This would give the user of version ${current}, which is AWSCURRENT, the password that this version holds, and record it at the target. ` +
      'A password that somebody set at the target by hand is lost by it. A value that works is not touched',
    confirm: current,
    information: [
      ...found,
      ...(drainingIn(secret) === undefined
        ? []
        : [
            `version ${drainingIn(secret)}, which drains, is left as the target has it: this does not help whoever still uses it`,
          ]),
      ...(versionWith(secret, 'AWSPENDING') === undefined || versionWith(secret, 'AWSPENDING') === current
        ? []
        : [`a rotation is under way: version ${versionWith(secret, 'AWSPENDING')} has the label AWSPENDING`]),
    ],
  }
}

/** What is wrong now. Only for whoever has to confirm: it decides nothing. */
async function readiness({ rotate }: Subject['functions'], secretId: string): Promise<readonly string[]> {
  try {
    const found = await rotate.check(secretId)
    if (found.outcome === 'ready') return ['right now nothing is wrong: the value works']
    return found.code === 'CURRENT_REFUSED'
      ? [`right now the value does not work: ${found.message}`]
      : [
          `whether the value works right now is not known; what a rotation would meet is ${found.code}: ${found.message}`,
        ]
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return [`what is wrong right now is not known: ${error.message}`]
  }
}

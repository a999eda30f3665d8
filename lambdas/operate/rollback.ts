import { OverlapError } from '../rotation/errors.ts'
import { holdOf } from '../rotation/hold.ts'
import { isOlder } from '../rotation/plan.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { releaseCommand } from '../rotation/way-out.ts'
import { statusCommand } from '../sweep/way-on.ts'
import type { Entry } from './entry.ts'
import { currentOf, drainingIn, refuseDeleted } from './labels.ts'
import { shownAt } from './moment.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/**
 * Has the rotation function make the version before AWSCURRENT again, under the same lock as a rotation. Asked again it goes nowhere else. Throws `NO_WAY_BACK`,
 * `LEAKED`, `LABELS_MOVED` and whatever else the rotation function reports.
 */
export async function rollback(
  operating: Operating,
  { secret, functions }: Subject,
  { to, reason, by }: RequestOf<'rollback'>,
): Promise<Entry> {
  refuseDeleted(secret)
  const { arn, name } = secret
  const from = currentOf(secret)
  const wanted = to === undefined ? { from } : { to, from }
  const asked = await functions.rotate.rollback(arn, wanted).catch(async (error) => {
    const newer = to === undefined && isNoWay(error) ? await newerThan(operating, secret, from) : undefined
    if (newer === undefined) throw inDoubt(operating, secret, error)
    return { newer }
  })
  if ('newer' in asked)
    return {
      secret: arn,
      name,
      outcome: 'already-rolled-back',
      information: [
        `already rolled back from version ${asked.newer} to version ${from}, which is AWSCURRENT: nothing was done`,
      ],
    }
  const { versionId, replaced } = asked
  const done = { secret: arn, name, outcome: 'rolled-back' } as const
  if (versionId === from)
    return { ...done, information: [`version ${versionId} was AWSCURRENT already: nothing was done`] }
  const word = wordOf(operating, arn, versionId, { event: 'rolled-back', by: callerOf({ by }), reason })
  return {
    ...done,
    information: [
      `version ${versionId} works and is AWSCURRENT again; version ${replaced} was not taken away, and drains`,
      'the sweep brings declared consumers back, beginning within minutes, and retires what nothing uses any more',
      ...held(operating, secret),
      ...(await keepDone(operating, word)),
    ],
    run: statusCommand(secret, operating.deployment),
  }
}

function isNoWay(error: unknown): boolean {
  return error instanceof OverlapError && error.code === 'NO_WAY_BACK'
}

/** The version that AWSCURRENT replaced, where that is the newer one: somebody went back, perhaps whoever asks again since the answer was lost. */
async function newerThan(
  { secrets }: Operating,
  secret: SecretDescription,
  current: string,
): Promise<string | undefined> {
  const replaced = drainingIn(secret) ?? versionWith(secret, 'AWSPREVIOUS')
  if (replaced === undefined) return undefined
  return isOlder(current, replaced, await secrets.createdDates(secret.arn)) ? replaced : undefined
}

/** Whoever gave no answer may have done it. */
function inDoubt(operating: Operating, secret: SecretDescription, error: unknown): unknown {
  if (!(error instanceof OverlapError)) return error
  const { code, message, detail, cause } = error
  if (code !== 'UNREACHABLE' && code !== 'UNEXPECTED' && code !== 'TIME_UP') return error
  const statement = statusCommand(secret, operating.deployment)
  return new OverlapError(
    code,
    `${message}. Whether AWSCURRENT was moved is not known; nothing was revoked. See which version it is, and ask again if need be. Run: ${statement}`,
    { detail: { ...detail, statement }, cause },
  )
}

function held({ settings, deployment, now }: Operating, secret: SecretDescription): readonly string[] {
  const hold = holdOf(secret.tags, settings.freezes, now())
  if (hold === undefined) return []
  const until = shownAt(hold.until)
  return hold.by === 'freeze'
    ? [
        `the deployment is frozen until ${until} (${hold.reason}): no consumer is brought back before that. Restart them yourself`,
      ]
    : [
        `the secret is on hold until ${until} (${hold.reason}): no consumer is brought back before that. Run: ${releaseCommand(secret, deployment)}`,
      ]
}

import { OverlapError } from '../rotation/errors.ts'
import { isLeaked, LEAKED_TAG, leakedToken, withLeaked } from '../rotation/leaked.ts'
import { inCommand } from '../rotation/secret-name.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { overlapCommand, quoted } from '../rotation/way-out.ts'
import { statusCommand } from '../sweep/way-on.ts'
import type { Entry } from './entry.ts'
import { freeSlot, toldAs } from './free-slot.ts'
import { drainingIn, refuseDeleted } from './labels.ts'
import { breakage } from './leak-preview.ts'
import type { Functions, Operating, Subject } from './operating.ts'
import { doubtOfReplacing } from './replacing.ts'
import type { RequestOf } from './request.ts'
import { settledTag } from './settled-tag.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/**
 * A credential got into wrong hands. Without a confirmation, or with one of another version, nothing is done and the answer says what would break. With it, in this
 * order, so that whatever is cut off is carried on by the sweep, or by asking again:
 *
 *   tag       the version is marked, and is still when that was looked at again: from now on nothing makes it valid again, and the sweep replaces it
 *   journal   who said so, and why
 *   free      what drains in the other slot is disabled and removed, whoever uses it: there is no other place for a new credential
 *   check     whether the replacement can be made, which keeps nothing from going on: it is told, if the answer comes soon
 *   rotate    at once, by the same token as the sweep's
 *
 * A version that drains is marked, and the sweep ends it; so does one that is AWSPREVIOUS and still works though it has no label to say so. Throws `LABELS_MOVED`, `SECRET_DELETED`, `MANAGED_SECRET`, and whatever keeps the other slot from being freed.
 */
export async function leaked(
  operating: Operating,
  subject: Subject,
  request: RequestOf<'leaked'>,
): Promise<Entry> {
  const { secret } = subject
  refuseDeleted(secret)
  refuseManaged(secret)
  const version = request.version ?? versionWith(secret, 'AWSCURRENT') ?? ''
  await refuseGone(subject, version)
  if (request.confirm !== version) return unconfirmed(operating, subject, version, request)
  const { arn, name } = secret
  // Others may have told of another version since the secret was described, and each of them writes the whole tag.
  const marked = await settledTag(
    operating,
    await operating.secrets.describe(arn),
    LEAKED_TAG,
    async (seen) => (isLeaked(seen, version) ? undefined : withLeaked(seen.tags.get(LEAKED_TAG), version)),
  )
  const { isNew, seen: now } = marked
  const word = { event: 'leaked', by: callerOf(request), reason: request.reason } as const
  const untold = isNew ? await keepDone(operating, wordOf(operating, arn, version, word)) : []
  const isCurrent = versionWith(now, 'AWSCURRENT') === version
  const replacing = isCurrent
    ? await replace(operating, { ...subject, secret: now }, version, request)
    : undefined
  const minutes = Math.ceil(operating.settings.leakDrainSeconds / 60)
  return {
    secret: arn,
    name,
    outcome: 'leaked',
    information: [
      `version ${version} is marked as leaked${isNew ? '' : ', as it was'}: nothing makes it valid again`,
      ...(replacing?.told ?? []),
      replacing
        ? `it still works${replacing.isBlocked ? ', for whoever has it,' : ''} until about ${minutes} minutes after it is replaced, and then for nobody`
        : `it is replaced already, and works until about ${minutes} minutes after that, or for some minutes from now; then for nobody`,
      ...untold,
    ],
    run: statusCommand(secret, operating.deployment),
  }
}

/** A replacement waits no longer to be asked for than this, in ms, until it is known whether it can be made. */
const CHECK_MS = 10_000

interface Replacing {
  readonly told: readonly string[]
  /** It cannot be made before somebody, or the sweep, has cleared something away. */
  readonly isBlocked: boolean
}

/** Throws what keeps the other slot from being freed: then the rotation is asked for all the same, and waits. */
async function replace(
  operating: Operating,
  subject: Subject,
  version: string,
  request: RequestOf<'leaked'>,
): Promise<Replacing> {
  const { secret } = subject
  const rotate = () => operating.secrets.rotate(secret.arn, leakedToken(secret.arn, version))
  const reason = `version ${version} leaked, and its replacement needs the place: ${request.reason}`
  const freed = await freeSlot(operating, subject, { by: callerOf(request), reason }).catch(async (error) => {
    await rotate().catch(() => undefined)
    throw toldAs(
      error,
      (message) =>
        `version ${version} is marked as leaked, and still works: its replacement waits for the place of version ${drainingIn(secret)}, which drains and is not retired: ` +
        `${message}. Ask again: what is done already is not done twice`,
    )
  })
  const doubt = await doubtOfReplacing(subject, { freed: false, withinMs: CHECK_MS })
  await rotate().catch((error) => {
    throw toldAs(
      error,
      (message) =>
        `version ${version} is marked as leaked, and still works. Its replacement could not be asked for: ${message}. Ask again; where rotation is turned on, the sweep asks for it, too`,
    )
  })
  return {
    told: [
      ...freed,
      ...(doubt === undefined ? [] : [doubt.sentence]),
      doubt?.sure
        ? 'it is asked for all the same, and the sweep asks again; once it is made, declared consumers are brought to it'
        : 'its replacement is asked for, and begins at once; then declared consumers are brought to it',
    ],
    isBlocked: doubt?.sure ?? false,
  }
}

function refuseManaged({ owningService }: SecretDescription): void {
  if (owningService === undefined) return
  throw new OverlapError(
    'MANAGED_SECRET',
    `${owningService} owns this secret and rotates it: have it rotated there. Nothing was done`,
  )
}

/** Throws `LABELS_MOVED`. AWSPREVIOUS is gone only where the target says so: somebody may have made it valid again by hand, and a mark hurts nobody. */
async function refuseGone({ secret, functions }: Subject, version: string): Promise<void> {
  const labels = secret.versions.get(version) ?? []
  if (labels.includes('AWSCURRENT') || labels.includes('DRAINING')) return
  if (labels.includes('AWSPREVIOUS') && (await mayOpen(functions, secret.arn, version))) return
  throw new OverlapError(
    'LABELS_MOVED',
    version === ''
      ? 'no version has the label AWSCURRENT: there is nothing to replace. Nothing was done'
      : `version ${version} is neither AWSCURRENT nor DRAINING, and does not work: it is retired, or was never in use. Nothing was done`,
  )
}

/** Unknown is not "no". */
async function mayOpen({ retire }: Functions, secretId: string, versionId: string): Promise<boolean> {
  try {
    const { outcome } = await retire({ action: 'try', secretId, versionId, evenIfUsed: false })
    return outcome !== 'refused'
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return true
  }
}

async function unconfirmed(
  operating: Operating,
  subject: Subject,
  version: string,
  { confirm, reason }: RequestOf<'leaked'>,
): Promise<Entry> {
  const { secret } = subject
  const { arn, name } = secret
  const { what, information } = await breakage(operating, subject, version)
  const other = `version ${confirm} was confirmed, and this is about version ${version}, so nothing was done. `
  const words = `leaked ${inCommand(name, arn)} --version ${quoted(confirm ?? '')} --reason ${quoted(reason)}`
  // Replaced between the question and the answer, it is on its way out at its leisure.
  const isReplaced = confirm !== undefined && confirm === drainingIn(secret)
  return {
    secret: arn,
    name,
    outcome: 'unconfirmed',
    code: 'NOT_CONFIRMED',
    message: `${confirm === undefined ? '' : other}${
      isReplaced
        ? `Version ${confirm} was replaced meanwhile, and still drains: to have that one ended, name it. `
        : ''
    }${what}`,
    ...(isReplaced ? { run: overlapCommand(words, operating.deployment) } : {}),
    confirm: version,
    information,
  }
}

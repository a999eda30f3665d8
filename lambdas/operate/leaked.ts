import { OverlapError } from '../rotation/errors.ts'
import { isLeaked, LEAKED_TAG, leakedToken, withLeaked } from '../rotation/leaked.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { Entry } from './entry.ts'
import { drainingIn, refuseDeleted } from './labels.ts'
import { breakage } from './leak-preview.ts'
import type { Operating, Subject } from './operating.ts'
import type { RequestOf } from './request.ts'
import { callerOf, keepDone, wordOf } from './word.ts'

/**
 * A credential got into wrong hands. Without a confirmation, or with one of another version, nothing is done and the answer says what would break. With it, in this
 * order, so that whatever is cut off is carried on by the sweep, or by asking again:
 *
 *   tag       the version is marked: from now on nothing makes it valid again, and the sweep replaces it
 *   journal   who said so, and why
 *   free      what drains in the other slot is disabled and removed, whoever uses it: there is no other place for a new credential
 *   rotate    at once, by the same token as the sweep's
 *
 * A version that drains is marked, and the sweep ends it. Throws `LABELS_MOVED`, `SECRET_DELETED`, `MANAGED_SECRET`, and whatever keeps the other slot from being freed.
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
  refuseGone(secret, version)
  if (request.confirm !== version) return unconfirmed(operating, subject, version, request)
  const { arn, name } = secret
  const isNew = !isLeaked(secret, version)
  if (isNew)
    await operating.secrets.tag(arn, { [LEAKED_TAG]: withLeaked(secret.tags.get(LEAKED_TAG), version) })
  const untold = isNew
    ? await keepDone(
        operating,
        wordOf(operating, arn, version, { event: 'leaked', by: callerOf(request), reason: request.reason }),
      )
    : []
  const now = await operating.secrets.describe(arn)
  const done = await replace(operating, { ...subject, secret: now }, version, request)
  return {
    secret: arn,
    name,
    outcome: 'leaked',
    information: [
      `version ${version} is marked as leaked${isNew ? '' : ', as it was'}: nothing makes it valid again`,
      ...done,
      ...untold,
    ],
  }
}

async function replace(
  operating: Operating,
  subject: Subject,
  version: string,
  request: RequestOf<'leaked'>,
): Promise<readonly string[]> {
  const { arn } = subject.secret
  const minutes = Math.ceil(operating.settings.leakDrainSeconds / 60)
  const end = `version ${version} stops working about ${minutes} minutes after it was replaced, whoever uses it then`
  if (versionWith(subject.secret, 'AWSCURRENT') !== version)
    return [
      'it is replaced already: AWSCURRENT is another version',
      `${end}: the sweep sees to that within minutes`,
    ]
  const freed = await free(operating, subject, version, request)
  await operating.secrets.rotate(arn, leakedToken(arn, version))
  return [
    ...freed,
    'its rotation is asked for, and begins at once',
    `${end}. Consumers that are declared are brought to the new one before`,
  ]
}

/** Throws what keeps the slot from being freed: then the rotation is asked for all the same, and waits for the slot. */
async function free(
  operating: Operating,
  { secret, functions: { retire } }: Subject,
  leakedVersion: string,
  request: RequestOf<'leaked'>,
): Promise<readonly string[]> {
  const versionId = drainingIn(secret)
  if (versionId === undefined) return []
  const { arn } = secret
  const at = () => new Date(operating.now()).toISOString()
  const about = { v: 1, secret: arn, version: versionId } as const
  const reason = `version ${leakedVersion} leaked, and its replacement needs the place: ${request.reason}`
  try {
    const from = at()
    const wanted = { secretId: arn, versionId, evenIfUsed: true, leaked: isLeaked(secret, versionId) }
    const result = await retire({ action: 'disable', ...wanted })
    const proof = {
      rung: 'leaked',
      from,
      until: at(),
      samples: 0,
      gaps: [],
      consumers: [],
      missing: [],
    } as const
    const untold = await keepDone(operating, {
      ...about,
      at: at(),
      event: 'disabled',
      proof,
      by: callerOf(request),
      reason,
    })
    if (result.outcome === 'disabled') await retire({ action: 'remove', ...wanted })
    const removed = await keepDone(operating, { ...about, at: at(), event: 'removed', proof, reason })
    return [`version ${versionId}, which drained, does not work any more`, ...untold, ...removed]
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    await operating.secrets.rotate(arn, leakedToken(arn, leakedVersion)).catch(() => undefined)
    const { code, message, detail, cause } = error
    throw new OverlapError(
      code,
      `version ${leakedVersion} is marked as leaked, and still works: its replacement waits for the place of version ${versionId}, which drains and could not be retired: ` +
        `${message}. Ask again: what is done already is not done twice`,
      { detail, cause },
    )
  }
}

function refuseManaged({ owningService }: SecretDescription): void {
  if (owningService === undefined) return
  throw new OverlapError(
    'MANAGED_SECRET',
    `${owningService} owns this secret and rotates it: have it rotated there. Nothing was done`,
  )
}

/** Throws `LABELS_MOVED`. */
function refuseGone(secret: SecretDescription, version: string): void {
  const labels = secret.versions.get(version) ?? []
  if (labels.includes('AWSCURRENT') || labels.includes('DRAINING')) return
  throw new OverlapError(
    'LABELS_MOVED',
    version === ''
      ? 'no version has the label AWSCURRENT: there is nothing to replace. Nothing was done'
      : `version ${version} is neither AWSCURRENT nor DRAINING: it is retired, or was never in use. Nothing was done`,
  )
}

async function unconfirmed(
  operating: Operating,
  subject: Subject,
  version: string,
  { confirm, version: named }: RequestOf<'leaked'>,
): Promise<Entry> {
  const { secret } = subject
  const moved =
    confirm === undefined
      ? ''
      : `version ${confirm} was confirmed, and this is about ${version}${named === undefined ? ', which is AWSCURRENT' : ''}. Nothing was done. `
  const { what, information } = await breakage(operating, subject, version)
  return {
    secret: secret.arn,
    name: secret.name,
    outcome: 'unconfirmed',
    code: 'NOT_CONFIRMED',
    message: `${moved}${what}`,
    confirm: version,
    information,
  }
}

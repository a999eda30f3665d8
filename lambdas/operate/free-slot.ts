import { OverlapError } from '../rotation/errors.ts'
import { isLeaked } from '../rotation/leaked.ts'
import { unwatched } from '../sweep/drain.ts'
import { drainingIn } from './labels.ts'
import type { Operating, Subject } from './operating.ts'
import { keepDone } from './word.ts'

/** Who has a slot freed, and why: for the journal. */
interface Word {
  readonly by: string
  readonly reason: string
}

/**
 * Disables and removes what drains, whoever uses it, so that its slot can be taken at once. Sentences about what became of it; none where nothing drains. Throws what
 * keeps it from being retired.
 */
export async function freeSlot(
  operating: Operating,
  { secret, functions: { retire } }: Subject,
  { by, reason }: Word,
): Promise<readonly string[]> {
  const versionId = drainingIn(secret)
  if (versionId === undefined) return []
  const at = () => new Date(operating.now()).toISOString()
  const about = () => ({ v: 1, secret: secret.arn, version: versionId, at: at() }) as const
  const wanted = {
    secretId: secret.arn,
    versionId,
    evenIfUsed: true,
    leaked: isLeaked(secret, versionId),
  }
  const proof = unwatched('leaked', at(), reason)
  const done = await retire({ action: 'disable', ...wanted })
  if (done.outcome === 'superseded')
    return [
      `version ${versionId}, which drained, was found gone`,
      ...(await keepDone(operating, { ...about(), event: 'superseded', reason })),
    ]
  const works = done.outcome === 'disabled' && done.works ? { works: true as const } : {}
  const disabled = await keepDone(operating, { ...about(), event: 'disabled', proof, by, reason, ...works })
  await retire({ action: 'remove', ...wanted })
  const removed = await keepDone(operating, { ...about(), event: 'removed', proof, reason })
  return [`version ${versionId}, which drained, does not work any more`, ...disabled, ...removed]
}

/** The same error, told with what it means here. */
export function toldAs(error: unknown, sentence: (message: string) => string): unknown {
  if (!(error instanceof OverlapError)) return error
  const { code, message, detail, cause } = error
  return new OverlapError(code, sentence(message), { detail, cause })
}

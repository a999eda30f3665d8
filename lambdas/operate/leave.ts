import { currentAtRest, isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import { inCommand } from '../rotation/secret-name.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import { TAG_PREFIX } from '../rotation/secret-tags.ts'
import { overlapCommand, turnOnCommand } from '../rotation/way-out.ts'
import type { Retire } from '../sweep/visiting.ts'
import type { Entry } from './entry.ts'
import type { OperatedSecrets } from './operated-secrets.ts'
import type { Operating, Subject } from './operating.ts'

/**
 * Hands the user of a secret back. In this order, so that whatever is cut off leaves something that works and can be asked for again:
 *
 *   look          labels that refuse it refuse it before anything was done
 *   turn off      no rotation begins any more
 *   retire        the retire function takes away what is on record at the target, under its lock
 *   untag         last: until then the secret says what it is
 *   look again    a sweep that had looked before may have written since
 *
 * Throws `LABELS_MOVED` when something began meanwhile: that is left alone.
 */
export async function leave(
  { secrets, deployment }: Pick<Operating, 'secrets' | 'deployment'>,
  {
    secret,
    functions: { retire },
  }: { readonly secret: SecretDescription; readonly functions: Pick<Subject['functions'], 'retire'> },
): Promise<Entry> {
  currentAtRest(secret)
  const { arn, rotationEnabled } = secret
  if (rotationEnabled) await secrets.turnOff(arn)
  const left = await handBack(secrets, retire, arn).catch((error) => stay(secrets, secret, error))
  await takeTraces(secrets, arn, left.versionId, deployment)
  return {
    secret: arn,
    name: secret.name,
    outcome: 'left',
    ...(left.run === undefined ? {} : { run: left.run }),
    information: [
      'its rotation function stays on the secret, turned off. Take the secret out of the configuration of the deployment, or the next one tags it and turns rotation on again',
      ...(left.run === undefined
        ? []
        : ['what is left of the partner cannot log in any more, and to drop it is for a person to decide']),
    ],
  }
}

async function handBack(
  secrets: OperatedSecrets,
  retire: Retire,
  secretId: string,
): Promise<{ readonly versionId: string; readonly run?: string }> {
  // Something may have begun after the first look.
  const versionId = currentAtRest(await secrets.describe(secretId))
  const result = await retire({ action: 'leave', secretId, versionId, evenIfUsed: false })
  return result.outcome === 'left' && result.run !== undefined
    ? { versionId, run: result.run }
    : { versionId }
}

/** One visit of the sweep writes a tag or asks for a rotation, seldom both. */
const ROUNDS = 2

/** Goes by what each look finds, and ends with a look. A version that waits or drains by now is a rotation's, and so are rotation and tags then. */
async function takeTraces(
  secrets: OperatedSecrets,
  secretId: string,
  versionId: string,
  deployment: string,
): Promise<void> {
  for (let round = 0; ; round++) {
    const secret = await secrets.describe(secretId)
    const again = (why: string) => askAgain(why, secret, deployment)
    if (atRest(secret, again) !== versionId) throw again('AWSCURRENT moved')
    if (isHandedBack(secret)) return
    if (round === ROUNDS) throw again('rotation was turned on, or a tag of Overlap written, time and again')
    if (secret.rotationEnabled) await secrets.turnOff(secretId)
    const keys = [...secret.tags.keys()].filter((key) => key.startsWith(TAG_PREFIX))
    if (keys.length > 0) await secrets.untag(secretId, keys)
  }
}

function atRest(secret: SecretDescription, again: (why: string) => OverlapError): string {
  try {
    return currentAtRest(secret)
  } catch (error) {
    throw error instanceof OverlapError && error.code === 'LEAVE_TOO_SOON' ? again(error.message) : error
  }
}

function askAgain(why: string, { name, arn }: SecretDescription, deployment: string): OverlapError {
  const statement = overlapCommand(`leave ${inCommand(name, arn)}`, deployment)
  return new OverlapError(
    'LABELS_MOVED',
    `the user was handed back at the target, and the secret was not: something began meanwhile, which is left alone. When it is over, ask again (${statement}): ${why}`,
    { detail: { statement } },
  )
}

/** A refusal says that nothing was taken away, so the secret goes on as it was. Whoever gave no answer may have done it. */
async function stay(secrets: OperatedSecrets, secret: SecretDescription, error: unknown): Promise<never> {
  if (!(error instanceof OverlapError)) throw error
  const { code, message, detail, cause } = error
  const command = turnOnCommand(secret.arn, secret.rotationFunction)
  const told = (what: string) => new OverlapError(code, `${message}. ${what}`, { detail, cause })
  if (code === 'UNREACHABLE' || code === 'UNEXPECTED')
    throw told(
      `Whether the user was handed back is not known, so rotation is turned off. Ask again; or, to stay, run: ${command}`,
    )
  if (!secret.rotationEnabled)
    throw told(`Rotation was turned off before, and stays so. To turn it on, run: ${command}`)
  await secrets.turnOn(secret.arn).catch((second) => {
    const why = second instanceof OverlapError ? second.message : 'an unexpected error'
    throw told(`Rotation was turned off for this and could not be turned on again: ${why}. Run: ${command}`)
  })
  throw told('Rotation is turned on again, as it was')
}

import { currentAtRest } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import { TAG_PREFIX } from '../rotation/secret-tags.ts'
import { turnOnCommand } from '../rotation/way-out.ts'
import type { Retire } from '../sweep/gather.ts'
import type { Entry } from './entry.ts'
import type { OperatedSecrets } from './operated-secrets.ts'

/**
 * Hands the user of a secret back. In this order, so that whatever is cut off leaves something that works and can be asked for again:
 *
 *   look          labels that refuse it refuse it before anything was done
 *   turn off      no rotation begins any more
 *   retire        the retire function takes away what is on record at the target, under its lock
 *   untag         last: until then the secret says what it is
 */
export async function leave(
  secrets: OperatedSecrets,
  retire: Retire,
  secret: SecretDescription,
): Promise<Entry> {
  currentAtRest(secret)
  const { arn, rotationEnabled } = secret
  if (rotationEnabled) await secrets.turnOff(arn)
  const left = await handBack(secrets, retire, arn).catch((error) => stay(secrets, secret, error))
  const keys = [...secret.tags.keys()].filter((key) => key.startsWith(TAG_PREFIX))
  if (keys.length > 0) await secrets.untag(arn, keys)
  return {
    secret: arn,
    name: secret.name,
    outcome: 'left',
    ...(left.run === undefined ? {} : { run: left.run }),
    information: [
      'its rotation function stays on the secret, turned off. Take the secret out of the configuration of the deployment, or the next one tags it and turns rotation on again',
      ...(left.run === undefined
        ? []
        : ['the partner cannot log in any more, and is left for a person to drop']),
    ],
  }
}

async function handBack(
  secrets: OperatedSecrets,
  retire: Retire,
  secretId: string,
): Promise<{ readonly run?: string }> {
  // Something may have begun after the first look.
  const versionId = currentAtRest(await secrets.describe(secretId))
  const result = await retire({ action: 'leave', secretId, versionId, evenIfUsed: false })
  return result.outcome === 'left' ? result : {}
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

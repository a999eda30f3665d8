import type { CredentialAdapter } from '../adapters/adapter.ts'
import { type ErrorCode, OverlapError } from './errors.ts'
import type { Hold } from './hold.ts'
import { plan } from './plan.ts'
import { parsePolicy } from './policy.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { type Pending, pendingIn, waitingRotation } from './waiting-rotation.ts'
import { giveUpCommand, provisionCommand, turnOnCommand } from './way-out.ts'

/** What would happen to a rotation that begins now. */
export type CheckResult = Readiness & {
  /** Sentences about what does not block it. */
  readonly information?: readonly string[]
}

type Readiness =
  | { readonly outcome: 'ready' }
  | {
      readonly outcome: 'blocked'
      readonly code: ErrorCode
      readonly message: string
      /** What a person can run to be rid of it: SQL, or a command for the shell. */
      readonly run?: string
    }

export interface Check<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
  /** Throws `POLICY_INVALID`. */
  readonly holdOf: (secret: SecretDescription) => Hold | undefined
  /** Name of the deployment, for the commands that people run. */
  readonly deployment: string
}

/** Writes nothing, anywhere. Whatever keeps it from knowing is what blocks a rotation. */
export async function check<C>(checking: Check<C>, secretId: string): Promise<CheckResult> {
  const information: string[] = []
  const found = await readiness(checking, secretId, information).catch((error) => blockedBy(error))
  return information.length === 0 ? found : { ...found, information }
}

async function readiness<C>(
  { store, adapterFor, holdOf, deployment }: Check<C>,
  secretId: string,
  information: string[],
): Promise<Readiness> {
  const secret = await store.describe(secretId)
  const currentVersionId = preflighted(secret)
  const pending = await pendingOf(store, secret)
  information.push(...informationOf(secret, pending, holdOf(secret)))
  const adapter = adapterFor(secret)
  const value = await store.read(secretId, currentVersionId)
  if (value === undefined)
    throw new OverlapError(
      'NO_CURRENT_VERSION',
      'the version labelled AWSCURRENT has no value: store a working value first',
    )
  const current = adapter.parse(value)
  try {
    const waiting =
      pending && (await waitingRotation(store, adapter, secret, pending, { currentVersionId, current }))
    await adapter.preflight(current, waiting)
  } catch (error) {
    throw withWayOut(error, secret, deployment)
  }
  // Last, since whoever prepares a rotation turns it on when all else is right.
  if (secret.rotationEnabled) return { outcome: 'ready' }
  const run = turnOnCommand(secretId)
  return {
    outcome: 'blocked',
    code: 'ROTATION_DISABLED',
    message: `rotation of this secret is turned off. Nothing else would block it. Run: ${run}`,
    run,
  }
}

/**
 * The version that the lone testSecret of Secrets Manager would be about. Throws what its labels say against a rotation, whether that is turned on or not.
 */
export function preflighted(secret: SecretDescription): string {
  const token = versionWith(secret, 'AWSCURRENT') ?? ''
  const planned = plan(
    { step: 'testSecret', secretId: secret.arn, token, rotationToken: undefined },
    { ...secret, rotationEnabled: true, versions: new Map([[token, ['AWSCURRENT', 'AWSPENDING']]]) },
  )
  if (planned.do === 'refuse') throw new OverlapError(planned.code, planned.message)
  if (token !== '') return token
  throw new OverlapError(
    'NO_CURRENT_VERSION',
    'no version has the label AWSCURRENT: store a working value first',
  )
}

async function pendingOf(store: SecretStore, secret: SecretDescription): Promise<Pending | undefined> {
  const versionId = pendingIn(secret)
  return versionId === undefined ? undefined : { versionId, value: await store.read(secret.arn, versionId) }
}

function informationOf(
  secret: SecretDescription,
  pending: Pending | undefined,
  hold: Hold | undefined,
): string[] {
  const { mode } = parsePolicy(secret.tags, 0)
  const until = hold && new Date(hold.until).toISOString()
  return [
    ...(pending === undefined
      ? []
      : [
          pending.value === undefined
            ? `a rotation waits: version ${pending.versionId} has the label AWSPENDING and no value yet`
            : `a rotation is under way: version ${pending.versionId} has the label AWSPENDING and its value is stored`,
        ]),
    ...(mode === 'observe'
      ? [
          'the secret is in observe mode: it is rotated and watched, and nothing is disabled until it is tagged overlap:mode=enforce',
        ]
      : []),
    ...(hold === undefined
      ? []
      : [
          hold.by === 'hold'
            ? `the secret is on hold until ${until}: ${hold.reason}. No rotation begins before that`
            : `the deployment is frozen until ${until}: ${hold.reason}. No rotation begins before that`,
        ]),
  ]
}

/** The command that a target cannot know: it makes a user who is missing, or gives up a rotation that is refused for ever. */
function withWayOut(error: unknown, secret: SecretDescription, deployment: string): unknown {
  if (!(error instanceof OverlapError)) return error
  const { code, message, detail, cause } = error
  const told = (sentence: string, statement: string) =>
    new OverlapError(code, `${message}. ${sentence}${statement}`, { detail: { ...detail, statement }, cause })
  if (code === 'USER_MISSING') return told('Run: ', provisionCommand(secret, deployment))
  const pending = pendingIn(secret)
  return pending !== undefined && (code === 'STALE_TOKEN' || code === 'TARGET_CHANGED')
    ? told(
        'The rotation that waits can never finish. Make sure that AWSCURRENT works, then run: ',
        giveUpCommand(secret.arn, pending),
      )
    : error
}

function blockedBy(error: unknown): Readiness {
  if (!(error instanceof OverlapError)) throw error
  const { code, message, detail } = error
  const { statement } = detail
  return {
    outcome: 'blocked',
    code,
    message,
    ...(typeof statement === 'string' ? { run: statement } : {}),
  }
}

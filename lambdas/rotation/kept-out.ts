import type { CredentialAdapter } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import type { RotationEvent } from './event.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { severityOf } from './severity.ts'
import { publishCommand } from './way-out.ts'

/** Where it is asked. */
interface Asking<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
}

/**
 * A new value of AWSCURRENT's own principal takes its place at the target before it is published, and until then consumers are kept out: whatever a step
 * fails with meanwhile keeps them out longer. So the target is asked whether AWSCURRENT works. Where it does, or an error says already that consumers are
 * affected, the error stays as it is.
 */
export async function sayingWhoIsKeptOut<C>(
  asking: Asking<C>,
  event: RotationEvent,
  secret: SecretDescription,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof OverlapError) || severityOf(error) === 'page') return error
  const found = await lookAtCurrent(asking, event, secret).catch(() => undefined)
  if (found === undefined || found.works === true) return error
  const { code, message, detail, cause } = error
  const { secretId, token } = event
  return new OverlapError(
    code,
    `${message}. AWSCURRENT ${found.works === false ? 'no longer works' : 'may no longer work'}: version ${token} took its place at the target and is not published, so ` +
      `consumers are kept out. If the rotation does not go on by itself, and version ${token} works, publish it. Run: ${publishCommand(secretId, token, found.currentVersionId)}`,
    { detail: { ...detail, consumersAffected: true }, cause },
  )
}

interface Look {
  readonly currentVersionId: string
  readonly works: boolean | 'unknown'
}

/** Undefined where this rotation takes nobody's place, or may not have done so yet. */
async function lookAtCurrent<C>(
  { store, adapterFor }: Asking<C>,
  { step, secretId, token }: RotationEvent,
  before: SecretDescription,
): Promise<Look | undefined> {
  // Read again: a call that failed may have published the version all the same.
  const secret = await store.describe(secretId).catch(() => before)
  const currentVersionId = versionWith(secret, 'AWSCURRENT')
  if (currentVersionId === undefined || currentVersionId === token) return undefined
  const adapter = adapterFor(secret)
  const unknown = { currentVersionId, works: 'unknown' } as const
  const values = await Promise.all([currentVersionId, token].map((id) => store.read(secretId, id))).catch(
    () => undefined,
  )
  // The service sends it after setSecret has succeeded, and never alone.
  if (values === undefined) return !adapter.overlap && step === 'finishSecret' ? unknown : undefined
  const [current, pending] = values
  if (current === undefined || pending === undefined || pending === current) return undefined
  const credential = adapter.parse(current)
  if (adapter.principal(adapter.parse(pending)) !== adapter.principal(credential)) return undefined
  try {
    await adapter.test(credential, credential)
    return { currentVersionId, works: true }
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'PENDING_REFUSED')
      return { currentVersionId, works: false }
    const wasSet = step === 'testSecret' || step === 'finishSecret'
    return !adapter.overlap && wasSet ? unknown : undefined
  }
}

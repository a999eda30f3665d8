import type { CredentialRetirer, Fence } from '../adapters/adapter.ts'
import { drainedIn, refuseChanged, refuseNamed, refuseUnlessDraining } from './draining.ts'
import { refuseLeaked } from './leaked-value.ts'
import { falseIfSuperseded } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * Puts a disabled version back, which then drains once more. `nothing` where it is live, or its slot has been freed already. A value that somebody stored by
 * hand for the same user is AWSCURRENT's to keep (`PRINCIPAL_IN_USE`). Throws `LEAKED`.
 */
export async function enable<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  { versionId, unchangedSince }: RetireRequest,
): Promise<RetireResult> {
  const refuse = async (now: SecretDescription) => {
    refuseUnlessDraining(now, versionId)
    refuseChanged(now, unchangedSince)
    await refuseLeaked(store, retirer, now, versionId)
    await refuseNamed(store, retirer, now, credential, { labels: ['AWSCURRENT'] })
  }
  const { credential, current, currentVersionId } = await drainedIn(store, retirer, secret, versionId)
  await refuse(secret)
  const check = async () => refuse(await store.describe(secret.arn))
  const fence: Fence = { versionId, currentVersionId, check }
  if (await retirer.enable(credential, { current, fence }).catch(falseIfSuperseded))
    return { outcome: 'enabled' }
  await retirer.login(current)
  return { outcome: 'nothing' }
}

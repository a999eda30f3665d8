import { randomBytes } from 'node:crypto'
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager'
import { createSecret, type RotatedSecret, rotatedSecret } from '../rotated-secret.ts'
import type { Account, KeyValue } from './account.ts'
import type { KeyLane } from './lane.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** One secret and the account whose key it holds. */
export interface KeySubject extends RotatedSecret<KeyValue> {
  readonly account: Account
  /** Keys of AWSCURRENT and DRAINING are accepted; and so are those of the given versions. */
  expectUsable(...versions: readonly string[]): Promise<void>
  /** Of a version's value. */
  keyOf(versionId: string): Promise<string>
  /** The ids of all keys, sorted. */
  keyIds(): Promise<readonly string[]>
  /**
   * A whole drain later, what drains is disabled, and removed when its quarantine is over. Throws what the retire function reports, with its code as the error's name.
   */
  endDrain(versionId: string): Promise<void>
  /** Passes of the sweep, until that is over, or more than two days are. */
  hoursLater(isOver: () => Promise<boolean>): Promise<void>
}

/** The sweep of a lane is to visit nothing but the secret that a test is about. */
const latest = new WeakMap<KeyLane, string>()

/** In the place of the one before it on this lane. */
export async function startKeySubject(lane: KeyLane): Promise<KeySubject> {
  const { client, clock, functions, keeper, lambda, secretsManager } = lane
  const SecretId = latest.get(lane)
  if (SecretId !== undefined)
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
  const account = await keeper.account()
  // What functions know of secrets before this one is the same every time.
  await Promise.all([functions.rotate, functions.retire].map(lambda.discardInstances))
  const name = `robots/${randomBytes(4).toString('hex')}`
  const secretId = await createSecret(client, name, account.value, {
    'overlap:kind': keeper.kind,
    'overlap:mode': 'enforce',
  })
  latest.set(lane, secretId)
  const secret = rotatedSecret<KeyValue>(lane, secretId, functions)
  const invoke = async (payload: unknown) => {
    const outcome = await lambda.invoke(functions.retire, payload)
    if (!outcome.ok) throw Object.assign(new Error(outcome.errorMessage), { name: outcome.errorType })
    return outcome.payload as { readonly outcome: string }
  }

  return {
    ...secret,
    account,
    async expectUsable(...versions) {
      const labels = await secret.labels()
      for (const version of new Set([...versions, labels.get('AWSCURRENT'), labels.get('DRAINING')])) {
        if (version === undefined) continue
        if (!(await account.accepts(await secret.value(version))))
          throw new Error(`the key of version ${version} is not accepted`)
      }
    },
    keyOf: async (versionId) => account.keyId(await secret.value(versionId)),
    keyIds: async () => (await account.keys()).map(({ id }) => id).sort(),
    async endDrain(versionId) {
      clock.advance(30 * HOUR_MS)
      const unchangedSince = clock.now() - 25 * HOUR_MS
      const { outcome } = await invoke({ action: 'disable', secretId, versionId, unchangedSince })
      if (outcome === 'superseded') return
      clock.advance(49 * HOUR_MS)
      await invoke({ action: 'remove', secretId, versionId })
    },
    async hoursLater(isOver) {
      for (const hours of [2, 0.2, 0.2, 26, 0.2, 26, 0.2, 0.2]) {
        clock.advance(hours * HOUR_MS)
        await secret.sweep()
        await secretsManager.idle(secretId)
        if (await isOver()) return
      }
    },
  }
}

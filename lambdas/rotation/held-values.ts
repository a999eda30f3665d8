import type { HeldValues } from '../adapters/adapter.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export function heldValues(store: SecretStore, { arn }: Pick<SecretDescription, 'arn'>): HeldValues {
  return {
    async labelled() {
      const { versions } = await store.describe(arn)
      const values = await Promise.all(
        [...versions.keys()].map(async (versionId) => ({
          versionId,
          value: await store.read(arn, versionId),
        })),
      )
      return values.flatMap(({ versionId, value }) => (value === undefined ? [] : [{ versionId, value }]))
    },
    of: (versionId) => store.read(arn, versionId),
  }
}

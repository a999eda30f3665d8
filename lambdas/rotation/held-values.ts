import type { SecretDescription, SecretStore } from './secret-store.ts'

/** What versions of a secret hold, for adapters whose credentials do not say which version they are of. Each answer is read anew. */
export interface HeldValues {
  /** Of every version that has a label. One without a value is left out. */
  labelled(): Promise<readonly HeldValue[]>
  /** Of any version that is there; undefined: it has none, or is gone. */
  of(versionId: string): Promise<string | undefined>
}

export interface HeldValue {
  readonly versionId: string
  readonly value: string
}

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

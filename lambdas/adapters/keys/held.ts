/**
 * What versions of the secret hold, without their labels: a value does not say which version it is of, and a key of the target that no version holds is lost. Each
 * answer is read anew.
 */
export interface HeldKeys {
  /** Of every version that has a label. One without a value is left out. */
  labelled(): Promise<readonly HeldKey[]>
  /** Of any version that is there; undefined: it has none, or is gone. */
  of(versionId: string): Promise<string | undefined>
}

export interface HeldKey {
  readonly versionId: string
  readonly value: string
}

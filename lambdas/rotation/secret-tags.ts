/** Tags of a secret, by its ARN. Writing one again, or taking away one that is not there, is success. Every method throws OverlapError. */
export interface SecretTags {
  tag(secretId: string, tags: Readonly<Record<string, string>>): Promise<void>
  untag(secretId: string, keys: readonly string[]): Promise<void>
}

/** Begins the name of every tag that Overlap reads or writes. */
export const TAG_PREFIX = 'overlap:'

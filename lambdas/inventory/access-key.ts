/** An access key of an IAM user, without its secret, which AWS tells once and never again. */
export interface AccessKey {
  readonly id: string
  readonly userName: string
  readonly userArn: string
  readonly active: boolean
  readonly created: Date | undefined
  /** Has its user no other key, active or not? */
  readonly isOnly: boolean
  /** Of the user; undefined: they could not be read, so that whose it is is not known. */
  readonly tags: ReadonlyMap<string, string> | undefined
}

/** The value of a secret that holds a key, read and written. What each method promises is in CredentialAdapter. */
export interface KeyCodec<C> {
  /** Throws `SECRET_INVALID` naming the field that is wrong, never its value. */
  parse(secretString: string): C
  serialize(credential: C): string
  target(credential: C): string
  carried(credential: C): string
  /** What the place calls the key; no secret. */
  keyId(credential: C): string
  /** May an id be given another secret? Then what leaked under it is not what it opens with now. */
  readonly rollsInPlace: boolean
  /** What opens the place. For comparison alone: two credentials with the same one are one key, whatever each calls it. */
  secret(credential: C): string
}

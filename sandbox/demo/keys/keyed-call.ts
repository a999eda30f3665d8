/** What an application does with a key. */
export interface KeyedCall<Value> {
  /** Once, and never again. Throws what is none of the answers that it needs. */
  call(value: Value): Promise<void>
  /** Ends the connections that it keeps. */
  close(): void
}

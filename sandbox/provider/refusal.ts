/** An answer other than a success, in the provider's own form. The message never quotes the request, which may hold a key. */
export class ProviderRefusal extends Error {
  readonly status: number
  readonly code: string
  /** Seconds, for the header Retry-After. */
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message)
    this.name = code
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }

  get body(): object {
    return { error: { code: this.code, message: this.message } }
  }
}

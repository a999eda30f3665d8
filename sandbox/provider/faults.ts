/** What one can ask of the provider; each can be made to go wrong by itself. */
export const routes = [
  'create',
  'list',
  'describe',
  'whoami',
  'disable',
  'enable',
  'lastUse',
  'remove',
  'send',
] as const
export type Route = (typeof routes)[number]

/** How a call goes wrong. Where it says nothing else, nothing was done. */
export type Fault =
  /** 500. */
  | { readonly is: 'error' }
  /** It is done, and 500 is the answer. */
  | { readonly is: 'error after success' }
  /** The connection ends without an answer. */
  | { readonly is: 'lost' }
  /** It is done, and the connection ends without an answer. */
  | { readonly is: 'lost after success' }
  /** It is done, and the answer comes so many milliseconds later. */
  | { readonly is: 'slow'; readonly ms: number }
  /** 429, with Retry-After in seconds, or without it. */
  | { readonly is: 'too many'; readonly retryAfter?: number }
  /** 503, likewise. */
  | { readonly is: 'unavailable'; readonly retryAfter?: number }
  /** 200 and a page, as what stands before a provider answers in its place. */
  | { readonly is: 'html' }
  /** 200 and an error inside. */
  | { readonly is: 'error in 200' }
  /** It is done, and the answer breaks off in the middle: fewer bytes than it announces. */
  | { readonly is: 'cut off' }
  /** It is done, and the answer ends in the middle of its JSON. */
  | { readonly is: 'half of the JSON' }
  /** It is done, and an object without a member is the answer. */
  | { readonly is: 'empty object' }
  /** It is done, and the answer is so many bytes longer. */
  | { readonly is: 'padded'; readonly bytes: number }
  /** 302. */
  | { readonly is: 'redirect'; readonly to: string }

/** Which calls go wrong, and how. */
export class Faults {
  readonly #waiting = new Map<Route, { readonly fault: Fault; left: number }>()

  /** The next calls of this route, one by default, go wrong; what was set for it before is forgotten. */
  set(route: Route, fault: Fault, times = 1): void {
    this.#waiting.set(route, { fault, left: times })
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#waiting.clear()
  }

  take(route: Route): Fault | undefined {
    const waiting = this.#waiting.get(route)
    if (waiting === undefined) return undefined
    waiting.left -= 1
    if (waiting.left <= 0) this.#waiting.delete(route)
    return waiting.fault
  }
}

/** Was the call carried out, although it went wrong? */
export function isDone(fault: Fault | undefined): boolean {
  return (
    fault === undefined ||
    [
      'error after success',
      'lost after success',
      'slow',
      'cut off',
      'half of the JSON',
      'empty object',
      'padded',
    ].includes(fault.is)
  )
}

/** A use of an access key: by which service and in which Region, as its signature was scoped. */
export interface Use {
  /** In ms since the epoch. */
  readonly at: number
  /** Such as `sts`. */
  readonly service: string
  readonly region: string
}

/** When a key was last used, as far as that is told: later than it happens (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html). */
export class LastUse {
  /** In order, one a second at most: IAM tells no more. */
  readonly #uses: Use[]

  constructor(use?: Use) {
    this.#uses = use === undefined ? [] : [use]
  }

  /** `lagMs`: of what is told from now on. */
  record(use: Use, lagMs: number): void {
    while (this.#uses.length > 1 && (this.#uses[1]?.at ?? 0) + lagMs <= use.at) this.#uses.shift()
    const last = this.#uses.at(-1)
    // One that is told already is not made one of now, which would take it back.
    if (last && last.at + lagMs > use.at && second(last.at) === second(use.at)) this.#uses.pop()
    this.#uses.push(use)
  }

  /** undefined: none that is told by now. */
  told(now: number, lagMs: number): Use | undefined {
    return this.#uses.findLast(({ at }) => at + lagMs <= now)
  }
}

function second(time: number): number {
  return Math.floor(time / 1_000)
}

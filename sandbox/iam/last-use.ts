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
  /** In order, and in each second one of each service and Region: IAM tells no more. */
  readonly #uses: Use[]

  constructor(use?: Use) {
    this.#uses = use === undefined ? [] : [use]
  }

  /** `lagMs`: of what is told from now on. */
  record(use: Use, lagMs: number): void {
    while (this.#uses.length > 1 && (this.#uses[1]?.at ?? 0) + lagMs <= use.at) this.#uses.shift()
    const last = this.#uses.at(-1)
    if (last && sameAsTold(last, use)) return
    this.#uses.push(use)
  }

  /** undefined: none that is told by now. */
  told(now: number, lagMs: number): Use | undefined {
    return this.#uses.findLast(({ at }) => at + lagMs <= now)
  }
}

function sameAsTold(one: Use, other: Use): boolean {
  const second = ({ at }: Use) => Math.floor(at / 1_000)
  return one.service === other.service && one.region === other.region && second(one) === second(other)
}

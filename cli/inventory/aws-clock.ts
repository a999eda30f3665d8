import { spanWords } from '../../lambdas/inventory/age-words.ts'

/** What an AWS client knows of the time, in ms that AWS is ahead of this machine; 0 while no answer has told it. */
interface Answered {
  readonly config: { readonly systemClockOffset: number }
}

export interface AwsClock {
  /** AWS's time in ms since the epoch, the same for as long as the program runs; this machine's while no answer has told AWS's. */
  now(): number
  /** A sentence where this machine's clock is wrong. */
  difference(): string | undefined
}

/** About as much as AWS lets the clock of a caller differ: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const WORTH_A_WORD_MS = 5 * 60_000

/**
 * Every answer of AWS has a date, which the SDK keeps, so that its signatures are taken; an age is not to depend on a laptop's clock either. `clients`: whose
 * answers count, the first that has one before the others. `local`: this machine's time in ms since the epoch.
 */
export function awsClock(clients: readonly Answered[], local: number): AwsClock {
  let offset = 0
  const told = () => {
    if (offset === 0)
      offset = clients.map(({ config }) => config.systemClockOffset).find((each) => each !== 0) ?? 0
    return offset
  }
  return {
    now: () => local + told(),
    difference() {
      const ahead = told()
      if (Math.abs(ahead) < WORTH_A_WORD_MS) return undefined
      return `the clock of this machine is ${spanWords(60 * Math.round(Math.abs(ahead) / 60_000))} ${ahead > 0 ? 'behind' : 'ahead of'} AWS's; ages are by AWS's`
    },
  }
}

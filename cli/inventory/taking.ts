import type { Entry } from '../../lambdas/inventory/entry.ts'
import { plainText } from '../plain-text.ts'
import type { AwsClock } from './aws-clock.ts'
import type { Deployments } from './deployments.ts'
import { type Failure, failureOf } from './failure.ts'
import { NotPrinted, type Output } from './output.ts'
import type { Progress } from './progress.ts'
import type { Reach } from './reach.ts'
import type { Sink } from './sink.ts'
import { count, type Tally } from './tally.ts'
import { isInState, isOfOwner, type Wanted } from './wanted.ts'

/** An inventory that is being taken. */
export interface Taking {
  readonly wanted: Wanted
  readonly output: Output
  readonly progress: Progress
  readonly clock: AwsClock
  readonly sink: Sink
  readonly tally: Tally
  readonly reach: Reach
  readonly deployments: Deployments
  /** Owners of whatever was looked at. */
  readonly owners: Set<string>
  /** For the page; undefined when there is to be none, so that nothing is kept. */
  readonly kept: Entry[] | undefined
  /** What is missing, and why. */
  readonly notes: string[]
  complete: boolean
  /** Is standard output of no use any more, so that the page alone is made? */
  unread: boolean
  /** Credentials of an age that nobody knows, also in a state that was not asked for: they may be in any. */
  unknownAges: number
}

/** Lists a credential, if it is one that is wanted. */
export async function take(taking: Taking, entry: Entry): Promise<void> {
  const { wanted, tally, sink, kept, owners, deployments } = taking
  if (entry.owner !== undefined) owners.add(entry.owner)
  if (!isOfOwner(wanted, entry)) return deployments.see(entry, 'of another owner')
  const isListed = isInState(wanted, entry)
  deployments.see(entry, isListed ? 'listed' : 'of another state')
  if (entry.states.includes('AGE_UNKNOWN')) taking.unknownAges += 1
  if (!isListed) return
  count(tally, entry)
  kept?.push(entry)
  await print(taking, sink.add(entry))
}

type Printing = Pick<Taking, 'wanted' | 'output' | 'progress' | 'complete' | 'unread'>

/** Throws `NotPrinted`, unless there is a page to be made besides. */
export async function print(taking: Printing, text: string): Promise<void> {
  if (text === '' || taking.unread) return
  taking.progress.clear()
  try {
    await taking.output.write(text)
  } catch (error) {
    if (!(error instanceof NotPrinted) || taking.wanted.html === undefined) throw error
    taking.unread = true
    if (!error.closed) {
      taking.complete = false
      taking.progress.say(plainText(error.message))
    }
  }
}

/** Says what kept something from being seen. Throws what is a defect of ours. */
export function missed(taking: Taking, error: unknown, operation: string): Failure {
  const failure = failureOf(error, { operation, profile: taking.wanted.deployment.profile })
  if (failure === undefined) throw error
  miss(taking, `${failure.code}: ${failure.message}`)
  return failure
}

/** Says what is missing. */
export function miss(taking: Taking, text: string): void {
  taking.complete = false
  note(taking, text)
}

/** Says what its reader should know, in the page, too. */
export function note({ progress, notes }: Taking, text: string): void {
  notes.push(text)
  progress.say(plainText(text))
}

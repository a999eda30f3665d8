import type { Clock, Timer } from './clock.ts'

/** A message that nobody could take. */
export interface Letter {
  readonly body: unknown
  /** Why it is here. */
  readonly reason: string
}

export interface QueuesOptions {
  readonly clock: Clock
  /** Hears, once a minute, how many messages a queue holds: AWS/SQS's ApproximateNumberOfMessagesVisible. */
  readonly onDepth: (queueName: string, messages: number) => void
}

/** As much of SQS as dead letters need: they are kept, and counted. */
export interface Queues {
  add(arn: string): void
  remove(arn: string): void
  /** Throws when there is no such queue. */
  send(arn: string, letter: Letter): void
  /** Oldest first. Throws when there is no such queue. */
  letters(arn: string): readonly Letter[]
  close(): void
}

const MINUTE_MS = 60_000

export function startQueues({ clock, onDepth }: QueuesOptions): Queues {
  const queues = new Map<string, Letter[]>()
  let timer: Timer
  const measure = () => {
    for (const [arn, letters] of queues) onDepth(arn.slice(arn.lastIndexOf(':') + 1), letters.length)
    timer = clock.after(MINUTE_MS, measure)
  }
  timer = clock.after(MINUTE_MS, measure)
  const queueOf = (arn: string): Letter[] => {
    const queue = queues.get(arn)
    if (!queue) throw new Error(`there is no queue ${arn}`)
    return queue
  }
  return {
    add: (arn) => void queues.set(arn, []),
    remove: (arn) => void queues.delete(arn),
    send: (arn, letter) => void queueOf(arn).push(letter),
    letters: queueOf,
    close: () => timer.cancel(),
  }
}

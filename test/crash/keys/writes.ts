import type { Fate } from '../lane.ts'
import { atEvery } from '../moments.ts'
import type { KeyLane } from './lane.ts'

/**
 * What befalls a call, and who made it. Between two calls that change something there is nothing but reading, so to die anywhere between them is to die before the second.
 */
export const faults = ['killed before', 'killed after', 'cut after'] as const satisfies readonly Fate[]

const writes: ReadonlySet<string> = new Set([
  'PutSecretValue',
  'UpdateSecretVersionStage',
  'TagUser',
  'UntagUser',
  'CreateAccessKey',
  'UpdateAccessKey',
  'DeleteAccessKey',
  'create',
  'disable',
  'enable',
  'remove',
])

/** A call of a function that changes something, at Secrets Manager or at one who mints keys. */
export interface Write {
  readonly name: string
  /** Among those of its name, from 1. */
  readonly nth: number
}

export function writesIn(moments: readonly string[]): readonly Write[] {
  return moments.flatMap((name, index) => {
    if (!writes.has(name)) return []
    return [{ name, nth: moments.slice(0, index + 1).filter((other) => other === name).length }]
  })
}

/** Does work with the fault at one of its writes, however often it reads before. Throws when the write was never reached. */
export async function withFaultAt(
  lane: KeyLane,
  { fault, write }: { readonly fault: Fate; readonly write: Write },
  work: () => Promise<unknown>,
): Promise<void> {
  let seen = 0
  lane.arm(({ name }) => {
    if (name !== write.name) return 'pass'
    seen += 1
    return seen === write.nth ? fault : 'pass'
  })
  await work()
  lane.disarm()
  if (seen < write.nth) throw new Error('this write was never reached')
}

/** Every write once, on whichever lane is free; what failed, by its write. */
export function atEveryWrite(
  lanes: readonly KeyLane[],
  writes: readonly Write[],
  run: (lane: KeyLane, write: Write) => Promise<void>,
): Promise<string[]> {
  const named = writes.map(({ name, nth }) => `${name} ${nth}`)
  return atEvery(lanes, named, async (lane, at) => {
    const write = writes[at - 1]
    if (write !== undefined) await run(lane, write)
  })
}

/** One fault at every moment of a piece of work. */
import { type Armed, type Fate, type Lane, startLane } from './lane.ts'
import type { Rig } from './rig.ts'

export const faults = ['killed before', 'killed after', 'error', 'hang'] as const
export type Fault = (typeof faults)[number]

/** Seconds. A hang is to end in words within them, and costs a test most of them. */
const HANG_TIMEOUT = 4

/** Lanes for a fault, as many as fit side by side: a hang costs time and no work. `hangTimeout` in seconds. */
export function lanesFor(rig: Rig, fault: Fault, hangTimeout = HANG_TIMEOUT): Promise<readonly Lane[]> {
  const [count, timeoutSeconds] = fault === 'hang' ? [9, hangTimeout] : [3, 30]
  return Promise.all(Array.from({ length: count }, () => startLane(rig, { timeoutSeconds })))
}

/** What work does on the wires when nothing goes wrong. */
export async function momentsOf(lane: Armed, work: () => Promise<unknown>): Promise<readonly string[]> {
  lane.arm()
  await work()
  lane.disarm()
  return lane.events
}

/** Does work with the fault at one of its moments. Throws when the moment was never reached. */
export async function withFault(
  lane: Armed,
  { fault, at }: { readonly fault: Fate; readonly at: number },
  work: () => Promise<unknown>,
): Promise<void> {
  let reached = false
  lane.arm((moment) => {
    if (moment.at !== at) return 'pass'
    reached = true
    return fault
  })
  await work()
  lane.disarm()
  if (!reached) throw new Error('this moment was never reached')
}

/** Every moment once, or every one of those that `of` takes, on whichever lane is free; what failed, by its moment. */
export async function atEvery<L>(
  lanes: readonly L[],
  moments: readonly string[],
  run: (lane: L, at: number) => Promise<void>,
  of: (moment: string, index: number) => boolean = () => true,
): Promise<string[]> {
  const failures: string[] = []
  const left = [...moments.entries()].filter(([index, moment]) => of(moment, index)).values()
  const worker = async (lane: L) => {
    for (const [index, moment] of left)
      await run(lane, index + 1).catch((error: Error) =>
        failures.push(`${index + 1} (${moment.slice(0, 40)}): ${error.message}`),
      )
  }
  await Promise.all(lanes.map(worker))
  return failures
}

import type { Remembered } from './memory.ts'

/** Passes come early and late; one that is a little early is as good as in time. */
export const EARLY_MS = 30_000

/** Is it time for a look at who uses what drains? A function that has just started looks at once. */
export function lookIsDue({ lookedAt }: Remembered, sampleEverySeconds: number, now: number): boolean {
  return lookedAt === undefined || now - lookedAt >= sampleEverySeconds * 1000 - EARLY_MS
}

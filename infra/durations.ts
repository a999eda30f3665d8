import type { Duration } from 'aws-cdk-lib'

const units: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
]

/**
 * As tags and variables hold it: a whole number of the largest unit that leaves nothing over, `90s`, `30m`, `24h`, `2d`. A part of a second is shown as what it is, and
 * refused by `infra/checks/durations.ts`.
 */
export function inTag(duration: Duration): string {
  const seconds = duration.toSeconds({ integral: false })
  for (const [size, unit] of units) if (seconds > 0 && seconds % size === 0) return `${seconds / size}${unit}`
  return `${seconds}s`
}

/** As a person reads it: `3d 1h 5m`. */
export function inWords(milliseconds: number): string {
  let seconds = Math.round(milliseconds / 1000)
  const parts: string[] = []
  for (const [size, unit] of [...units, [1, 's'] as const]) {
    const count = Math.floor(seconds / size)
    if (count > 0) parts.push(`${count}${unit}`)
    seconds -= count * size
  }
  return parts.join(' ') || '0s'
}

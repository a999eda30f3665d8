const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** How long ago a moment was, in words. Both in ms since the epoch. */
export function ago(at: number, now: number): string {
  const ms = Math.max(0, now - at)
  const [unit, each] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000]
  return `${Math.floor(ms / each)} ${unit} ago`
}

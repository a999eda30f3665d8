/** A moment for people, to the second: UTC, so that nobody has to know whose clock it is. `ms` since the epoch. */
export function shownAt(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

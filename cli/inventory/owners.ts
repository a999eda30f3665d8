const MOST_NAMED = 5

/** A sentence for somebody who asked for an owner that nothing has. `seen`: those that something has. */
export function noSuchOwner(owner: string, seen: ReadonlySet<string>): string {
  const near = [...seen].filter((one) => isNear(one, owner)).sort()
  const more = near.length > MOST_NAMED ? ` and ${near.length - MOST_NAMED} more` : ''
  const instead =
    near.length > 0
      ? `but of ${near.slice(0, MOST_NAMED).join(', ')}${more}`
      : `and ${seen.size === 0 ? 'no other owner was' : `${seen.size} other owner${seen.size === 1 ? ' was' : 's were'}`} seen`
  return `NO_SUCH_OWNER: nothing that was looked at is of the owner ${owner}, ${instead}`
}

/** Do they differ in capitals, a character, or two that are swapped? */
export function isNear(one: string, other: string): boolean {
  const [a, b] = [Array.from(one.toLowerCase()), Array.from(other.toLowerCase())]
  while (a.length > 0 && b.length > 0 && a[0] === b[0]) {
    a.shift()
    b.shift()
  }
  while (a.length > 0 && b.length > 0 && a.at(-1) === b.at(-1)) {
    a.pop()
    b.pop()
  }
  return (a.length <= 1 && b.length <= 1) || (a.length === 2 && b.join() === a.toReversed().join())
}

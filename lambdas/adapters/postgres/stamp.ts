/**
 * What Overlap writes on the partner role, as its comment, in the transaction of every change: whose the pair is, which version each of
 * the two roles holds, and whether that version is live, being disabled, disabled, retired, or leaked.
 */
export interface Stamp {
  /** ARN of the secret that rotates this pair. */
  readonly secret: string
  readonly owner: string
  readonly ownerOid: number
  /** Role name to what it holds. */
  readonly slots: ReadonlyMap<string, Slot>
}

export interface Slot {
  /** The secret's version id. */
  readonly version: string
  readonly state: SlotState
}

/**
 * What each format has a word for. A stamp is written in the oldest one that will do: who runs an older release is then told of a newer one
 * only where it matters.
 */
const formats = [
  { name: 'overlap/1', states: ['live', 'disabling', 'retired'] },
  { name: 'overlap/2', states: ['live', 'disabling', 'disabled', 'retired', 'leaked'] },
] as const
const newest = formats[1]
/**
 * - `disabling`: the password is gone, and it is not yet known whether somebody still needs it. It is put back, or it becomes `disabled`
 * - `disabled`: the password is gone, and can be put back
 * - `retired`: the password is gone, and the next version may take the slot
 * - `leaked`: as retired, and nothing may put the password back
 */
export type SlotState = (typeof newest.states)[number]

/** May another version take the slot? */
export function isFree(state: SlotState): boolean {
  return state === 'retired' || state === 'leaked'
}

/** Begins every stamp of any format. */
export const STAMP_PREFIX = 'overlap/'

/** What a role's comment says: a stamp, no stamp at all, or something that only looks like one. */
export type ReadStamp =
  | { readonly kind: 'stamp'; readonly stamp: Stamp }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' | 'newer'; readonly because: string }

/** `because` goes on after "the stamp on the role NAME", and quotes nothing of it. Never throws: what cannot be read is an answer. */
export function readStamp(comment: string | null): ReadStamp {
  if (comment === null || !comment.startsWith(STAMP_PREFIX)) return { kind: 'none' }
  const format = formats.find(({ name }) => comment.startsWith(`${name} `))
  if (format === undefined)
    return {
      kind: 'newer',
      because: `has a format other than ${formats.map(({ name }) => name).join(' and ')}, so a newer Overlap wrote it`,
    }
  let value: unknown
  try {
    value = JSON.parse(comment.slice(format.name.length))
  } catch {
    return { kind: 'unreadable', because: 'is not JSON' }
  }
  const { ownerOid, owner, secret, slots } = (value ?? {}) as Record<string, unknown>
  if (typeof secret !== 'string') return { kind: 'unreadable', because: 'lacks the field secret' }
  if (typeof owner !== 'string') return { kind: 'unreadable', because: 'lacks the field owner' }
  if (typeof ownerOid !== 'number') return { kind: 'unreadable', because: 'lacks the field ownerOid' }
  if (typeof slots !== 'object' || slots === null)
    return { kind: 'unreadable', because: 'lacks the field slots' }
  const read = new Map<string, Slot>()
  for (const [role, slot] of Object.entries(slots as Record<string, Partial<Slot> | null>)) {
    const state = format.states.find((known) => known === slot?.state)
    if (typeof slot?.version !== 'string' || state === undefined)
      return { kind: 'unreadable', because: `does not say version and state of role ${role}` }
    read.set(role, { version: slot.version, state })
  }
  return { kind: 'stamp', stamp: { secret, owner, ownerOid, slots: read } }
}

/** `ownerOid` comes first: the catalogue query finds the owner by it. */
export function writeStamp(stamp: Stamp): string {
  const { ownerOid, owner, secret } = stamp
  const used = [...stamp.slots.values()].map(({ state }) => state)
  const { name } = formats.find(({ states }) => used.every((state) => isIn(states, state))) ?? newest
  return `${name} ${JSON.stringify({ ownerOid, owner, secret, slots: Object.fromEntries(stamp.slots) })}`
}

function isIn(states: readonly SlotState[], state: SlotState): boolean {
  return states.includes(state)
}

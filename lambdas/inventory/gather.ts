import { OverlapError } from '../rotation/errors.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'
import { exactAge, isKnown, listedAge, type VersionDates } from './age.ts'
import type { AgesMemory } from './ages-memory.ts'
import type { Age, AgeUnknown, Entry } from './entry.ts'
import { inOrder } from './in-order.ts'
import { accessKeyEntry, isReplica, type Standards, secretEntry } from './judge.ts'
import { blockedBy, type LeftBehind } from './left-behind.ts'
import { thresholdsFor } from './thresholds.ts'

/** Where the inventory has its facts from. */
export interface Sources {
  secrets(): AsyncIterable<ListedSecret>
  /** When each version of a secret was created. */
  createdDates(secretArn: string): Promise<ReadonlyMap<string, Date>>
  /** Not called when access keys are left out. */
  accessKeys(): AsyncIterable<AccessKey>
}

export interface Judging extends Standards {
  /** Ask for every age that a listing does not tell to the moment; otherwise for those that are in doubt. */
  readonly exact: boolean
  /** Default: nothing is known to be left behind. */
  readonly leftBehind?: LeftBehind
}

/** Calls at once, and entries that may wait for an earlier one's call: a page of the listing. */
const AHEAD = { atOnce: 8, waiting: 100 }

/**
 * Streams the entries of all secrets as they are known, in the order of the listing, in constant memory. A secret whose dates cannot be had is `AGE_UNKNOWN` with
 * the reason, and the rest goes on. Rejects when the listing does, after the entries of what it had listed. `memory`: dates that are not asked for again.
 */
export function secretEntries(
  sources: Pick<Sources, 'secrets' | 'createdDates'>,
  judging: Judging,
  memory?: AgesMemory,
): AsyncGenerator<Entry, void, undefined> {
  return inOrder(sources.secrets(), AHEAD, (secret) => {
    const told = toldAge(secret, judging)
    if (told !== 'ask') return entryOf(secret, told, judging)
    return askedAge(sources, secret, judging, memory).then((age) => entryOf(secret, age, judging))
  })
}

function entryOf(secret: ListedSecret, age: Age | AgeUnknown | undefined, judging: Judging): Entry {
  const entry = secretEntry(secret, age, judging)
  const left = judging.leftBehind?.(secret)
  return left === undefined ? entry : blockedBy(left, entry)
}

/** Streams the entries of all access keys, in the order of the listing. Rejects when the listing does. */
export async function* accessKeyEntries(
  sources: Pick<Sources, 'accessKeys'>,
  judging: Standards,
): AsyncGenerator<Entry, void, undefined> {
  for await (const key of sources.accessKeys()) yield accessKeyEntry(key, judging)
}

function toldAge(secret: ListedSecret, judging: Judging): Age | AgeUnknown | undefined | 'ask' {
  const { now, region, exact } = judging
  // It has no age of its own to ask for.
  if (isReplica(secret, region)) return undefined
  const told = listedAge(secret, thresholdsFor(secret, judging), now)
  if (told === 'in doubt') return 'ask'
  return exact && told !== undefined && isKnown(told) && told.precision !== 'exact' ? 'ask' : told
}

async function askedAge(
  sources: Pick<Sources, 'createdDates'>,
  secret: ListedSecret,
  { now }: Judging,
  memory: AgesMemory | undefined,
): Promise<Age | AgeUnknown> {
  try {
    const dates = memory?.recall(secret) ?? (await asked(sources, secret, memory))
    return exactAge(secret, dates, now)
  } catch (error) {
    if (error instanceof OverlapError) return { reason: error.code, because: error.message }
    return { reason: 'UNEXPECTED', because: 'an unexpected error kept its age from being found out' }
  }
}

async function asked(
  { createdDates }: Pick<Sources, 'createdDates'>,
  secret: ListedSecret,
  memory: AgesMemory | undefined,
): Promise<VersionDates> {
  const dates = await createdDates(secret.arn)
  memory?.remember(secret, dates)
  return dates
}

import { OverlapError } from '../rotation/errors.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'
import { exactAge, isKnown, listedAge, type VersionDates } from './age.ts'
import type { AgesMemory } from './ages-memory.ts'
import type { Age, AgeUnknown, Entry } from './entry.ts'
import { inOrder } from './in-order.ts'
import { accessKeyEntry, isReplica, type Standards, secretEntry } from './judge.ts'
import { blockedBy, type LeftBehind } from './left-behind.ts'
import { KeysOfSecrets } from './recorded-key.ts'
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
  /** Ask for every age that a listing does not tell to the moment, and take the listing's where asking fails; otherwise for those that are in doubt. */
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
    // It has no age of its own to ask for.
    if (isReplica(secret, judging.region)) return entryOf(secret, undefined, judging)
    const told = listedAge(secret, thresholdsFor(secret, judging), judging.now)
    const asks = told === 'in doubt' || (judging.exact && told !== undefined && isInexact(told))
    if (!asks) return entryOf(secret, told, judging)
    return askedAge(sources, secret, told, judging, memory).then((age) => entryOf(secret, age, judging))
  })
}

function entryOf(secret: ListedSecret, age: Age | AgeUnknown | undefined, judging: Judging): Entry {
  const entry = secretEntry(secret, age, judging)
  const left = judging.leftBehind?.(secret)
  return left === undefined ? entry : blockedBy(left, entry)
}

/**
 * Streams the entries of all access keys, in the order of the listing, but for those that are on record as those of `secrets`, which have been told with them. One that was adopted is on record
 * from its first rotation on; until then it is often older than its secret, and has an entry of its own. Rejects when the listing does.
 */
export async function* accessKeyEntries(
  sources: Pick<Sources, 'accessKeys'>,
  judging: Standards,
  secrets: Pick<KeysOfSecrets, 'hold' | 'ofUser'> = new KeysOfSecrets(),
): AsyncGenerator<Entry, void, undefined> {
  for await (const key of sources.accessKeys())
    if (!secrets.hold(key)) yield accessKeyEntry(key, judging, secrets.ofUser(key))
}

function isInexact(age: Age | AgeUnknown): boolean {
  return isKnown(age) && age.precision !== 'exact'
}

/** What the listing proves holds, though the moment cannot be had. */
async function askedAge(
  sources: Pick<Sources, 'createdDates'>,
  secret: ListedSecret,
  told: Age | AgeUnknown | 'in doubt',
  { now }: Judging,
  memory: AgesMemory | undefined,
): Promise<Age | AgeUnknown> {
  try {
    const dates = memory?.recall(secret) ?? (await asked(sources, secret, memory))
    return exactAge(secret, dates, now)
  } catch (error) {
    if (told !== 'in doubt') return told
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

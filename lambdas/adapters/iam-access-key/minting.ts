import { OverlapError } from '../../rotation/errors.ts'
import type { KeyPlace, PlacedKey } from '../keys/place.ts'
import { isMinting, type Tags } from './attribution.ts'
import type { IamAccessKey } from './credential.ts'
import type { IamMint, IamRecords, IamSights } from './iam.ts'
import { INTENT_TAG, intentText } from './intent-tag.ts'
import { recordTag, recordText } from './record-tag.ts'

export interface Minting {
  /** Of the secret. */
  readonly mark: string
  readonly sights: Pick<IamSights, 'tags'>
  readonly records: IamRecords
  readonly mint: IamMint
  readonly now: () => number
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
const TAGS_PER_USER = 50
/** How old an announcement may be when the call that it announces goes out. Milliseconds. */
const FRESH_MS = 5_000
/** How often it is written, at most, until one write is fast enough; when none is, nothing is minted. */
const TRIES = 3

/** Mints a key of an IAM user: announced in a tag before, recorded in another one after. */
export function iamMinting({ mark, sights, records, mint, now }: Minting) {
  return {
    async mint(of, versionId, present): Promise<IamAccessKey> {
      const tags = await sights.tags(of.userName)
      if (isMinting(tags, now())) throw mintedBySomebodyElse(of)
      refuseWithoutRoom(of, tags, present)
      await announce(of, versionId, present)
      const minted = await mint.create(of.userName)
      if (minted === 'no room') throw mintedBySomebodyElse(of)
      const key = { ...of, accessKeyId: minted.id, secretAccessKey: minted.secret }
      const record = recordText(mark, { versionId, state: 'live', since: now() })
      // Nobody tells the secret again: a key that is not recorded, because of whatever, is still better stored than lost.
      await records.tag(of.userName, recordTag(minted.id), record).catch(() => undefined)
      return key
    },
  } satisfies Partial<KeyPlace<IamAccessKey>>

  async function announce(
    { userName }: IamAccessKey,
    versionId: string,
    present: readonly PlacedKey[],
  ): Promise<void> {
    const ids = present.map(({ id }) => id)
    for (let tries = 0; tries < TRIES; tries += 1) {
      const at = now()
      const outcome = await records.tag(userName, INTENT_TAG, intentText({ mark, versionId, at, ids }))
      if (outcome === 'no room') throw tooManyTags(userName)
      if (now() - at <= FRESH_MS) return
    }
    throw new OverlapError('TIME_UP', 'IAM takes too long to write a tag: nothing was minted')
  }
}

/** Before anything is minted: the announcement, the key that comes, and each key that has no record yet need a tag. */
function refuseWithoutRoom({ userName }: IamAccessKey, tags: Tags, present: readonly PlacedKey[]): void {
  const needed = [INTENT_TAG, ...present.map(({ id }) => recordTag(id))].filter((tag) => !tags.has(tag))
  if (tags.size + needed.length + 1 > TAGS_PER_USER) throw tooManyTags(userName)
}

export function tooManyTags(userName: string): OverlapError {
  return new OverlapError(
    'TARGET_UNSUITABLE',
    `the IAM user ${userName} has no room for the tags in which Overlap records its keys: IAM allows ${TAGS_PER_USER} tags of one user. Remove some that nobody needs`,
  )
}

function mintedBySomebodyElse({ userName }: IamAccessKey): OverlapError {
  return new OverlapError(
    'LABELS_MOVED',
    `another call is minting or has minted a key of the IAM user ${userName} just now. The next attempt begins with what is there then`,
  )
}

import type { KeyPlace, KeyRecord } from '../keys/place.ts'
import type { IamAccessKey } from './credential.ts'
import type { IamRecords } from './iam.ts'
import { tooManyTags } from './minting.ts'
import { recordTag, recordText } from './record-tag.ts'

/** `mark` is the secret's. */
export function iamRecording(mark: string, records: IamRecords) {
  return {
    async record({ userName }, keyId, record: KeyRecord): Promise<void> {
      const outcome = await records.tag(userName, recordTag(keyId), recordText(mark, record))
      if (outcome === 'no room') throw tooManyTags(userName)
    },
    activate: ({ userName }, keyId) => records.activate(userName, keyId),
  } satisfies Partial<KeyPlace<IamAccessKey>>
}

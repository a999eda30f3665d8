import type { KeyPlace } from '../keys/place.ts'
import { recordsOfGone, tagsOf } from './attribution.ts'
import type { IamAccessKey } from './credential.ts'
import type { IamRevocations, IamSights } from './iam.ts'
import { recordTag } from './record-tag.ts'

export interface Revoking {
  /** Of the secret. */
  readonly mark: string
  readonly sights: IamSights
  readonly revocations: IamRevocations
  readonly now: () => number
}

/** Takes keys of an IAM user out of use, and away. */
export function iamRevoking({ mark, sights, revocations, now }: Revoking) {
  return {
    deactivate: ({ userName }, keyId) => revocations.deactivate(userName, keyId),
    async remove({ userName }, keyId, witness?: string): Promise<void> {
      await revocations.remove(userName, keyId)
      const listed = await sights.keys(userName)
      const isWhole = witness === undefined || listed.some(({ id }) => id === witness)
      const gone = isWhole ? recordsOfGone(mark, listed, await sights.tags(userName), now()) : []
      await revocations.untag(userName, [...new Set([recordTag(keyId), ...gone])])
    },
    async forget({ userName }): Promise<void> {
      await revocations.untag(userName, tagsOf(mark, await sights.tags(userName)))
    },
  } satisfies Partial<KeyPlace<IamAccessKey>>
}

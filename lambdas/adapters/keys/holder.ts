import { OverlapError } from '../../rotation/errors.ts'
import type { Fence } from '../adapter.ts'
import { isNamed } from './classify.ts'
import { keyIdIn } from './look.ts'
import type { SeeingOptions } from './options.ts'
import type { PlacedKey } from './place.ts'

/**
 * The version that a key is on record for, where that is another one that has a label and holds it; empty where another secret has it. A value that is stored once more is a version of its own: when the
 * first one has lost its label, the key is retired as that of the next.
 */
export async function otherHolder<C>(
  { held, codec }: Pick<SeeingOptions<C>, 'held' | 'codec'>,
  { id, record, isAnothers }: PlacedKey,
  versionId: string,
): Promise<string | undefined> {
  if (isAnothers) return ''
  if (record === undefined || record.versionId === versionId) return undefined
  const holder = (await held.labelled()).find((version) => version.versionId === record.versionId)
  return holder && isNamed(id, holder.value, (value) => keyIdIn(value, codec)) ? holder.versionId : undefined
}

/** Throws `SUPERSEDED`. */
export async function refuseOtherHolder<C>(
  options: Pick<SeeingOptions<C>, 'held' | 'codec'>,
  key: PlacedKey,
  { versionId }: Pick<Fence, 'versionId'>,
): Promise<void> {
  const holder = await otherHolder(options, key, versionId)
  if (holder === undefined) return
  const whose = holder === '' ? 'another secret' : `version ${holder}`
  throw new OverlapError('SUPERSEDED', `key ${key.id} is on record for ${whose}`, {
    detail: { key: key.id, ...(holder === '' ? {} : { holder }) },
  })
}

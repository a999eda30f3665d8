import { OverlapError } from '../../rotation/errors.ts'
import { type ClassifiedKey, classify } from './classify.ts'
import type { SeeingOptions } from './options.ts'
import type { PlacedKey } from './place.ts'

/** Every key of the target but that of AWSCURRENT. */
export async function othersThan<C>(
  { codec, held }: SeeingOptions<C>,
  current: C,
  keys: readonly PlacedKey[],
): Promise<readonly ClassifiedKey[]> {
  // After the keys: a key is minted before it is stored.
  const labelled = await held.labelled()
  const known = new Set(labelled.map(({ versionId }) => versionId))
  const recorded = new Set(keys.flatMap(({ record, perhapsFor }) => (record ?? perhapsFor)?.versionId ?? []))
  const stored = await Promise.all(
    [...recorded]
      .filter((versionId) => !known.has(versionId))
      .map(async (versionId) => ({ versionId, value: await held.of(versionId) })),
  )
  return classify(keys, {
    currentId: codec.keyId(current),
    labelled,
    stored: stored.flatMap(({ versionId, value }) => (value === undefined ? [] : [{ versionId, value }])),
    keyIdIn: (value) => keyIdIn(value, codec),
  })
}

/** Undefined where it cannot be read. */
export function keyIdIn<C>(value: string, codec: SeeingOptions<C>['codec']): string | undefined {
  try {
    return codec.keyId(codec.parse(value))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SECRET_INVALID') return undefined
    throw error
  }
}

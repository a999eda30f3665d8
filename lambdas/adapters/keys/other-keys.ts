import { OverlapError } from '../../rotation/errors.ts'
import type { HeldValue } from '../adapter.ts'
import { type ClassifiedKey, classify } from './classify.ts'
import type { SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { isDigest, versionWritten } from './written-version.ts'

/**
 * Every key of the target but that of AWSCURRENT. `waiting`: a version that has no value yet. Throws `STAMP_INVALID` where nobody can read whose one is, and `SECRET_INVALID` where two ids are said
 * to be of one key.
 */
export async function othersThan<C>(
  options: SharedOptions<C>,
  current: C,
  listed: readonly PlacedKey[],
  waiting?: string,
): Promise<readonly ClassifiedKey[]> {
  const { codec, held } = options
  for (const { unreadable } of listed) if (unreadable !== undefined) throw unreadable.error
  // After the keys: a key is minted before it is stored.
  const labelled = await held.labelled()
  const ids = [...labelled.map(({ versionId }) => versionId), ...(waiting === undefined ? [] : [waiting])]
  const keys = listed.map((key) => asWritten(key, ids))
  const isLabelled = new Set(labelled.map(({ versionId }) => versionId))
  const recorded = new Set(keys.flatMap(({ record, perhapsFor }) => (record ?? perhapsFor)?.versionId ?? []))
  const stored = await Promise.all(
    [...recorded]
      .filter((versionId) => !isLabelled.has(versionId) && !isDigest(versionId))
      .map(async (versionId) => ({ versionId, value: await held.of(versionId) })),
  )
  const known = {
    currentId: codec.keyId(current),
    labelled,
    stored: stored.flatMap(({ versionId, value }) => (value === undefined ? [] : [{ versionId, value }])),
    keyIdIn: (value: string) => keyIdIn(value, codec),
  }
  const others = classify(keys, known)
  for (const other of others) refuseCalledTwice(options, current, other, [...known.labelled, ...known.stored])
  return others
}

/** By the ids of versions that are known. */
function asWritten(key: PlacedKey, ids: readonly string[]): PlacedKey {
  const { record, perhapsFor } = key
  return {
    ...key,
    record: record && { ...record, versionId: versionWritten(record.versionId, ids) },
    perhapsFor: perhapsFor && { versionId: versionWritten(perhapsFor.versionId, ids) },
  }
}

/** Throws `SECRET_INVALID`. Both keys are there, so one of the two values speaks of somebody's. */
function refuseCalledTwice<C>(
  { codec }: SharedOptions<C>,
  current: C,
  { key: { id }, standing }: ClassifiedKey,
  versions: readonly HeldValue[],
): void {
  if (standing.is !== 'held') return
  const value = versions.find(({ versionId }) => versionId === standing.by)?.value
  const credential = value === undefined ? undefined : credentialIn(value, codec)
  if (credential === undefined || codec.secret(credential) !== codec.secret(current)) return
  throw new OverlapError(
    'SECRET_INVALID',
    `AWSCURRENT and version ${standing.by} hold the same key under two ids, ${codec.keyId(current)} and ${id}. Find out at the target which of the two is that key’s, store a value with that id, and take the labels off ` +
      'the version with the other',
    { detail: { field: 'keyId', holder: standing.by } },
  )
}

/** Undefined where it cannot be read. */
export function keyIdIn<C>(value: string, codec: SharedOptions<C>['codec']): string | undefined {
  const credential = credentialIn(value, codec)
  return credential === undefined ? undefined : codec.keyId(credential)
}

function credentialIn<C>(value: string, codec: SharedOptions<C>['codec']): C | undefined {
  try {
    return codec.parse(value)
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SECRET_INVALID') return undefined
    throw error
  }
}

import { OverlapError } from '../../rotation/errors.ts'
import type { KeyCodec } from './codec.ts'

/** Does one hold the very key that the other holds? A value that was stored by hand may call it anything, and where a secret is rolled in place one id is of several keys, one after another. */
export function holdsSame<C>({ codec }: { readonly codec: KeyCodec<C> }, one: C, other: C): boolean {
  return (
    codec.secret(one) === codec.secret(other) ||
    (!codec.rollsInPlace && codec.keyId(one) === codec.keyId(other))
  )
}

/** Throws `PRINCIPAL_IN_USE` where AWSCURRENT calls the very key by another id: which one is right nobody can tell. */
export function refuseSame<C>(options: { readonly codec: KeyCodec<C> }, key: C, current: C): void {
  const { codec } = options
  const [id, currentId] = [codec.keyId(key), codec.keyId(current)]
  if (id === currentId || codec.secret(key) !== codec.secret(current)) return
  throw new OverlapError(
    'PRINCIPAL_IN_USE',
    `key ${id} is the key of AWSCURRENT, which calls it ${currentId}: nothing is done to either. Store a value with the id that the target lists for this key`,
    { detail: { key: id } },
  )
}

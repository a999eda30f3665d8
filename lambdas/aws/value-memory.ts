import type { SecretStore } from '../rotation/secret-store.ts'

/** The current value and the pending one. */
const KEPT_VALUES = 2
const KEEP_MS = 60_000

/**
 * Lets the steps of one rotation read each value once. A version that has a value keeps it for ever: the service refuses another one
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html). Only what the service said is remembered,
 * never what was written, and never that there was nothing; labels are not touched. `now` in milliseconds; one memory serves a process,
 * whose every invocation makes its own store.
 */
export function rememberingValues<Invocation>(
  now: () => number,
  storeFor: (invocation: Invocation) => SecretStore,
): (invocation: Invocation) => SecretStore {
  const kept = new Map<string, { readonly value: string; readonly at: number }>()
  const forgetOld = () => {
    for (const [key, { at }] of kept) if (now() - at >= KEEP_MS) kept.delete(key)
  }

  return (invocation) => {
    const store = storeFor(invocation)
    return {
      ...store,
      async read(secretId, versionId) {
        forgetOld()
        const key = `${secretId} ${versionId}`
        const found = kept.get(key)
        if (found) return found.value
        const value = await store.read(secretId, versionId)
        if (value === undefined) return undefined
        kept.set(key, { value, at: now() })
        for (const oldest of [...kept.keys()].slice(0, -KEPT_VALUES)) kept.delete(oldest)
        return value
      },
    }
  }
}

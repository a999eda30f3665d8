import type { Label } from '../../lambdas/rotation/secret-store.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import type { KeyPlaceTraits } from './key-place.ts'
import type { KeyServer } from './key-server.ts'

export const ACCOUNT = 'deployer'
const [idOfFirst, idOfSecond] = ['version-1-', 'version-2-'].map((id) => id.padEnd(32, '0')) as [
  string,
  string,
]

export const keyStarts = [
  /** Never rotated: the key was made by hand. */
  'fresh',
  /** Rotated once, and the first key is gone. */
  'steady',
  /** As `steady`, but the retire function died before it lifted the label. */
  'labelLeftBehind',
  /** Rotated once, and the first key still works. */
  'draining',
  /** Never rotated, beside a key of an engineer. */
  'besideAnother',
] as const
export type KeyStart = (typeof keyStarts)[number]

export interface Begun {
  readonly versions: readonly (readonly [labels: readonly Label[], value: string])[]
  /** Its key is gone, as the sweep's tag remembers. */
  readonly retired?: string
}

/** Makes the keys that a history starts with. */
export function begin(
  server: KeyServer,
  start: KeyStart,
  { records, now }: Pick<KeyPlaceTraits, 'records' | 'now'>,
): Begun {
  const first = made('', true)
  const value = JSON.stringify(first)
  if (start === 'besideAnother') made('', true)
  if (start === 'fresh' || start === 'besideAnother') return { versions: [[['AWSCURRENT'], value]] }
  const second = made(`overlap ${SECRET_ARN} ${idOfSecond}`, false)
  // Nothing is published before it was used.
  for (const key of [first, second]) server.use(key)
  onRecord(first.keyId, idOfFirst)
  onRecord(second.keyId, idOfSecond)
  if (start !== 'draining') {
    server.remove(first.keyId, true)
    server.untag(ACCOUNT, first.keyId)
  }
  const labels: readonly Label[] = start === 'steady' ? ['AWSCURRENT'] : ['AWSCURRENT', 'DRAINING']
  return {
    versions: [
      [labels, value],
      [['AWSCURRENT'], JSON.stringify(second)],
    ],
    ...(start === 'steady' ? { retired: idOfFirst } : {}),
  }

  function made(name: string, byHand: boolean) {
    const key = server.mint(ACCOUNT, records === 'names' ? name : '', byHand)
    if (key === undefined) throw new Error('there is no room for what a history starts with')
    return key
  }
  function onRecord(keyId: string, versionId: string): void {
    if (records === 'tags')
      server.tag(ACCOUNT, keyId, { secret: SECRET_ARN, versionId, state: 'live', since: now() })
  }
}

import type { KeyRecord } from '../../lambdas/adapters/keys/place.ts'

export interface FakeKey {
  readonly account: string
  readonly keyId: string
  readonly key: string
  /** A field that a rotation carries over. */
  readonly note?: string
}

/** A key as its server has it. */
export interface ServedKey {
  readonly account: string
  readonly keyId: string
  readonly key: string
  readonly created: number
  readonly active: boolean
  /** What it was called when it was made; empty for one that was made by hand. */
  readonly name: string
}

/** What is written down about a key, by the secret that wrote it. */
export interface KeyTag extends KeyRecord {
  readonly secret: string
}

/** What is written down before a key is minted; the next one overwrites it. */
export interface Intent {
  readonly secret: string
  readonly versionId: string
  readonly at: number
  readonly ids: readonly string[]
}

export interface KeyChange {
  readonly by: 'mint' | 'record' | 'activate' | 'deactivate' | 'remove' | 'forget'
  /** An engineer did it, around every rule. */
  readonly byHand: boolean
  readonly keyId: string
  readonly before: ServedKey | undefined
  readonly after: ServedKey | undefined
  readonly tag: KeyTag | undefined
}

export interface Use {
  readonly at: number
  readonly by: string
  readonly from: string
}

export interface KeyServerOptions {
  readonly now: () => number
  /** For each account; 2. */
  readonly mostKeys?: number
  /** How long it takes until every front end knows of a change; 0. The first one knows at once. */
  readonly propagationMs?: number
  /** How long it takes until a use is told; 0. */
  readonly lagMs?: number
  readonly onChange?: (change: KeyChange) => void
}

/** A server that mints keys, with tags on each account. Times in milliseconds. */
export interface KeyServer {
  readonly mostKeys: number
  keys(account?: string): readonly ServedKey[]
  tags(account: string): ReadonlyMap<string, KeyTag>
  intent(account: string): Intent | undefined
  writeIntent(account: string, intent: Intent): void
  tag(account: string, keyId: string, tag: KeyTag): void
  untag(account: string, keyId: string): void
  forget(account: string, secret: string): void
  /** Undefined where there is no room. */
  mint(account: string, name: string, byHand?: boolean): FakeKey | undefined
  /** Of a key that is gone nothing happens; false. */
  setActive(keyId: string, active: boolean, byHand?: boolean): boolean
  remove(keyId: string, byHand?: boolean): void
  /** Is it accepted, by who knows best? Leaves no trace. */
  works(key: FakeKey): boolean
  /** A consumer uses it, at the front end that knows best. False: refused, which is no use. */
  use(key: FakeKey, by?: string, from?: string): boolean
  /** Asks the next front end, and is a use where that accepts it. */
  ask(key: FakeKey): 'accepted' | 'unknown' | 'wrong'
  /** The last use as it is told by now. */
  lastUse(keyId: string): Use | undefined
  /** The last use as it is. */
  trueLastUse(keyId: string): Use | undefined
}

interface Moment {
  readonly at: number
  readonly active: boolean
}

export function keyServer(options: KeyServerOptions): KeyServer {
  const { now, mostKeys = 2, propagationMs = 0, lagMs = 0, onChange = () => {} } = options
  const keys = new Map<string, ServedKey>()
  const moments = new Map<string, Moment[]>()
  const uses = new Map<string, Use[]>()
  const tags = new Map<string, Map<string, KeyTag>>()
  const intents = new Map<string, Intent>()
  const delays = [0, propagationMs / 2, propagationMs]
  let made = 0
  let asked = 0

  const tagsOf = (account: string) => {
    const found = tags.get(account) ?? new Map<string, KeyTag>()
    tags.set(account, found)
    return found
  }
  const tell = (by: KeyChange['by'], keyId: string, byHand: boolean, before: ServedKey | undefined) => {
    const after = keys.get(keyId)
    const account = (after ?? before)?.account
    const tag = account === undefined ? undefined : tagsOf(account).get(keyId)
    onChange({ by, byHand, keyId, before, after, tag })
  }
  const becomes = (keyId: string, active: boolean) =>
    moments.set(keyId, [...(moments.get(keyId) ?? []), { at: now(), active }])
  const works = ({ account, keyId, key }: FakeKey) => {
    const served = keys.get(keyId)
    return served?.active === true && served.key === key && served.account === account
  }
  const used = (keyId: string, by: string, from: string) =>
    uses.set(keyId, [...(uses.get(keyId) ?? []), { at: now(), by, from }])

  return {
    mostKeys,
    works,
    keys: (account) => [...keys.values()].filter((key) => account === undefined || key.account === account),
    tags: tagsOf,
    intent: (account) => intents.get(account),
    writeIntent: (account, intent) => void intents.set(account, intent),
    tag(account, keyId, tag) {
      tagsOf(account).set(keyId, tag)
      tell('record', keyId, false, keys.get(keyId))
    },
    untag: (account, keyId) => void tagsOf(account).delete(keyId),
    forget(account, secret) {
      for (const [keyId, tag] of tagsOf(account))
        if (tag.secret === secret) {
          tagsOf(account).delete(keyId)
          tell('forget', keyId, false, keys.get(keyId))
        }
      if (intents.get(account)?.secret === secret) intents.delete(account)
    },
    mint(account, name, byHand = false) {
      if ([...keys.values()].filter((key) => key.account === account).length >= mostKeys) return undefined
      made += 1
      const keyId = `KEY${String(made).padStart(4, '0')}`
      const served = { account, keyId, key: `secret-of-${keyId}`, created: now(), active: true, name }
      keys.set(keyId, served)
      becomes(keyId, true)
      tell('mint', keyId, byHand, undefined)
      return { account, keyId, key: served.key }
    },
    setActive(keyId, active, byHand = false) {
      const before = keys.get(keyId)
      if (before === undefined) return false
      if (before.active !== active) becomes(keyId, active)
      keys.set(keyId, { ...before, active })
      tell(active ? 'activate' : 'deactivate', keyId, byHand, before)
      return true
    },
    remove(keyId, byHand = false) {
      const before = keys.get(keyId)
      if (before === undefined) return
      keys.delete(keyId)
      becomes(keyId, false)
      tell('remove', keyId, byHand, before)
    },
    use(key, by = 's3', from = 'eu-central-1') {
      if (!works(key)) return false
      used(key.keyId, by, from)
      return true
    },
    ask(key) {
      asked += 1
      const known = now() - (delays[asked % delays.length] ?? 0)
      const seen = moments.get(key.keyId)?.findLast(({ at }) => at <= known)
      const served = keys.get(key.keyId)
      if (seen?.active !== true) return 'unknown'
      if (served !== undefined && (served.key !== key.key || served.account !== key.account)) return 'wrong'
      used(key.keyId, 'whoami', 'here')
      return 'accepted'
    },
    lastUse: (keyId) => uses.get(keyId)?.findLast(({ at }) => at <= now() - lagMs),
    trueLastUse: (keyId) => uses.get(keyId)?.at(-1),
  }
}

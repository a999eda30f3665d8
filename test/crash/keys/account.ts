import type { Fate } from '../lane.ts'

/** What a version of a secret holds that one who mints keys has given. */
export type KeyValue = Readonly<Record<string, string>>

/** A key as whoever owns the account sees it. */
export interface SeenKey {
  readonly id: string
  readonly active: boolean
}

/** One who mints keys, on loopback, past whom every call of functions leads. */
export interface Keeper {
  readonly kind: 'iam-access-key' | 'http-api-key'
  /** Of functions of this kind, besides what they need of Secrets Manager. */
  environment(adminSecret: string): Readonly<Record<string, string>>
  /** Of the secret that functions authenticate with; undefined where they need none. */
  readonly admin: Readonly<Record<string, string>> | undefined
  /** An account of its own with one key, which was made by hand. */
  account(): Promise<Account>
  /** From now on each call of functions is asked about. `onLost` is called before the caller can notice that it is to get no answer. */
  decide(fateOf: (name: string) => Fate | Promise<Fate>, onLost: () => void): void
  close(): Promise<void>
}

export interface Account {
  readonly value: KeyValue
  keys(): Promise<readonly SeenKey[]>
  /** Is the key in this value accepted? */
  accepts(value: KeyValue): Promise<boolean>
  keyId(value: KeyValue): string
  /** As an engineer does, in the form that the value of a secret has; undefined where there is no room. */
  make(): Promise<KeyValue | undefined>
  remove(keyId: string): Promise<void>
}

import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Label, SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { secretWith } from '../rotation/secret.ts'
import type { Call } from './process.ts'

interface Version {
  value: string | undefined
  readonly labels: Set<string>
  readonly created: Date
}

/** The service tries a rotation again "several times"; how often is not documented. */
const TRIES = 2

/** One secret in memory, with the rules about versions and labels that Secrets Manager has. */
export interface FakeSecret {
  /** The store that a process has of it: every method is one of that process's calls. */
  storeFor(call: Call): SecretStore
  describe(): SecretDescription
  holder(label: Label): string | undefined
  value(versionId: string): string | undefined
  versionIds(): readonly string[]
  /** TagResource; UntagResource without a value. */
  tag(name: string, value: string | undefined): void

  /**
   * RotateSecret: turns rotation on, and makes a version labelled AWSPENDING without a value unless one is incomplete. A token whose version has a
   * value gets AWSPENDING once more, the least convenient of the answers that the service may give.
   */
  rotate(token?: string): void
  /** Takes one of the few tries that the service gives a rotation that was asked for. */
  takeTry(): boolean
  /** What the service does when the last step has succeeded. */
  rotated(token: string): void
  cancelRotation(): void
  /** PutSecretValue without labels, as a person does it. */
  putByHand(value: string): void
  moveLabel(label: Label, move: { from?: string; to?: string }): void
  /** What the service does in time with versions that have no label. */
  deleteUnlabelled(): void
}

/** `now` in milliseconds. The versions that are there, oldest first: their labels and their value. */
export function fakeSecret(
  now: () => number,
  stored: readonly (readonly [labels: readonly Label[], value: string])[],
): FakeSecret {
  const versions = new Map<string, Version>()
  const tags = new Map<string, string>()
  let rotationEnabled = true
  let tries = 0
  let lastChanged = now()
  let lastRotated: number | undefined
  const created = new Date(now())
  const changed = () => {
    lastChanged = now()
  }

  const newVersion = (versionId: string, secretString: string | undefined) => {
    const version: Version = { value: secretString, labels: new Set(), created: new Date(now()) }
    versions.set(versionId, version)
    return version
  }
  let made = 0
  const newId = () => {
    made += 1
    return `version-${made}-`.padEnd(32, '0')
  }
  const holderOf = (label: string) => {
    for (const [id, { labels }] of versions) if (labels.has(label)) return id
    return undefined
  }

  /** A label is on one version at a time; AWSPREVIOUS follows to the version that AWSCURRENT leaves. */
  const attach = (label: string, versionId: string) => {
    const holder = holderOf(label)
    if (holder === versionId) return
    changed()
    if (holder !== undefined) versions.get(holder)?.labels.delete(label)
    versions.get(versionId)?.labels.add(label)
    if (label === 'AWSCURRENT' && holder !== undefined) attach('AWSPREVIOUS', holder)
    if (label === 'AWSCURRENT') versions.get(versionId)?.labels.delete('AWSPREVIOUS')
  }

  const detach = (label: string, versionId: string) => {
    if (versions.get(versionId)?.labels.delete(label)) changed()
  }

  const describe = () =>
    secretWith(
      Object.fromEntries(
        [...versions]
          .filter(([, { labels }]) => labels.size > 0)
          .map(([id, { labels }]) => [id, [...labels].sort()]),
      ),
      {
        rotationEnabled,
        tags: new Map(tags),
        lastChanged: new Date(lastChanged),
        lastRotated: lastRotated === undefined ? undefined : new Date(lastRotated),
        created,
      },
    )

  const put = (versionId: string, secretString: string, labels: readonly string[]) => {
    const found = versions.get(versionId)
    if (found?.value === secretString) return
    if (found?.value !== undefined) throw failed(`${versionId} is already in use for another value`)
    const version = found ?? newVersion(versionId, secretString)
    version.value = secretString
    changed()
    for (const label of labels.length === 0 ? ['AWSCURRENT'] : labels) attach(label, versionId)
  }

  const moveLabel = (label: Label, { from, to }: { from?: string; to?: string }) => {
    if (to === undefined && label === 'AWSCURRENT') throw failed('AWSCURRENT can be moved, never removed')
    if (to !== undefined && !versions.has(to)) throw failed(`there is no version ${to}`)
    const holder = holderOf(label)
    if (to === undefined ? holder !== from : holder === to) return
    if (holder !== from) throw new OverlapError('LABELS_MOVED', `${label} is on ${holder ?? 'no version'}`)
    if (to !== undefined) attach(label, to)
    else if (from !== undefined) detach(label, from)
  }

  for (const [labels, value] of stored) {
    const id = newId()
    newVersion(id, value)
    for (const label of labels) attach(label, id)
  }

  return {
    describe,
    holder: holderOf,
    value: (versionId) => versions.get(versionId)?.value,
    versionIds: () => [...versions.keys()],
    tag: (name, text) => {
      if (text === undefined) tags.delete(name)
      else tags.set(name, text)
      changed()
    },
    moveLabel,
    rotate(given) {
      if (!rotationEnabled) changed()
      rotationEnabled = true
      tries = TRIES
      const pending = holderOf('AWSPENDING')
      if (pending !== undefined && pending !== holderOf('AWSCURRENT')) return
      const token = given ?? newId()
      if (!versions.has(token)) newVersion(token, undefined)
      attach('AWSPENDING', token)
    },
    takeTry: () => rotationEnabled && tries-- > 0,
    rotated: (token) => {
      tries = 0
      lastRotated = now()
      detach('AWSPENDING', token)
    },
    deleteUnlabelled: () => {
      for (const [id, { labels }] of versions) if (labels.size === 0) versions.delete(id)
    },
    cancelRotation: () => {
      rotationEnabled = false
      changed()
    },
    putByHand(secretString) {
      const current = holderOf('AWSCURRENT')
      put(newId(), secretString, [])
      // Recorded from the service: a version that was AWSCURRENT and AWSPENDING keeps AWSPREVIOUS alone.
      if (current !== undefined) versions.get(current)?.labels.delete('AWSPENDING')
    },
    storeFor: (call) => ({
      describe: () => call('DescribeSecret', describe),
      read: (_secretId, versionId) => call('GetSecretValue', () => versions.get(versionId)?.value),
      createdDates: () =>
        call('ListSecretVersionIds', () => new Map([...versions].map(([id, { created }]) => [id, created]))),
      write: (_secretId, version) =>
        call('PutSecretValue', () => put(version.versionId, version.secretString, version.labels)),
      moveLabel: (_secretId, label, move) => call('UpdateSecretVersionStage', () => moveLabel(label, move)),
    }),
  }
}

function failed(message: string): OverlapError {
  return new OverlapError('SECRETS_MANAGER_FAILED', message)
}

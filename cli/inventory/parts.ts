import type { Entry } from '../../lambdas/inventory/entry.ts'
import {
  accessKeyEntries,
  type Judging,
  type Sources,
  secretEntries,
} from '../../lambdas/inventory/gather.ts'
import { KeysOfSecrets } from '../../lambdas/inventory/recorded-key.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { begun } from './begun.ts'
import type { Clients } from './clients.ts'
import { failureOf } from './failure.ts'
import { counted } from './reach.ts'
import type { Settings } from './settings.ts'
import { sourcesOf } from './sources.ts'
import { miss, type Taking } from './taking.ts'

/** A part of the account. */
export interface Part {
  /** What is called for it first. */
  readonly operation: string
  /** Its first page is asked for before anything is judged, since its answer tells AWS's time. */
  entries(): Promise<AsyncIterable<Entry>>
}

export function partsOf(
  taking: Taking,
  clients: Clients,
  place: Settings & { readonly region: string },
): readonly Part[] {
  const { wanted, clock, deployments, reach } = taking
  const { exact, ownerTag, accessKeys } = wanted
  const ownerTags = ownerTag === undefined ? [] : [ownerTag]
  const judging = (): Judging => ({ ...place, now: clock.now(), exact, ownerTags })
  const doubt = doubtsOf(taking)
  const held = new KeysOfSecrets()
  const sources: Sources = counted(sourcesOf(clients, doubt), reach, {
    onSecret(secret) {
      deployments.hear(secret)
      held.hear(secret)
    },
    onDoubt: doubt,
  })
  const secrets: Part = {
    operation: 'ListSecrets',
    async entries() {
      const listing = await begun(sources.secrets())
      return secretEntries({ ...sources, secrets: () => listing }, judging())
    },
  }
  const keys: Part = {
    operation: 'ListUsers',
    async entries() {
      const listing = await begun(sources.accessKeys())
      return accessKeyEntries({ accessKeys: () => listing }, judging(), held)
    },
  }
  return accessKeys ? [secrets, keys] : [secrets]
}

/** What is refused for one credential, and said once: what keeps one from being known keeps many. Throws what is a defect of ours. */
function doubtsOf(taking: Taking): (error: unknown) => void {
  const said = new Set<string>()
  const { profile } = taking.wanted.deployment
  return (error) => {
    const { operation = '' } = error instanceof OverlapError ? error.detail : {}
    const failure = failureOf(error, { operation: 'ListSecretVersionIds', profile })
    if (failure === undefined) throw error
    const reason = `${failure.code} ${operation}`
    if (!said.has(reason)) miss(taking, `${failure.code}: ${failure.message}`)
    said.add(reason)
  }
}

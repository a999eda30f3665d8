import type { FunctionAlias, FunctionVersion, ProvisionedStatus } from './consumer-functions.ts'
import type { Goal, Progress } from './rollout.ts'

/** Nothing is to be done. */
type StandStill = Progress & { readonly state: 'running' | 'done' | 'failed' }

/** What there is to do next: nothing where a rollout is done, under way or stuck. */
export type Next =
  | { readonly progress: StandStill }
  | { readonly step: 'stamp' | 'publish'; readonly why: string }

/** The versions that an alias sends calls to; the alias's main one first. */
export interface AliasSight {
  readonly alias: FunctionAlias
  readonly routed: readonly [FunctionVersion, ...FunctionVersion[]]
  readonly latest: FunctionVersion
  /** Of the alias. */
  readonly provisioned: ProvisionedStatus
  /** Of the alias's main version itself, which a new one would not have. */
  readonly provisionedVersion: ProvisionedStatus
}

/**
 * The value of the stamp. It names the moment besides the version, so that a version which comes back is stamped anew, and that only after it was there
 * for sure: whatever bears this stamp began later, whatever two machines' clocks say.
 */
export function stampFor({ versionId, since }: Goal): string {
  return `${versionId} since ${new Date(since).toISOString()}`
}

/** How far a function is that is called without an alias. */
export function nextForLatest(latest: FunctionVersion, goal: Goal): Next {
  if (!isOf(latest, goal)) {
    if (isChanging(latest)) return running(`${latest.version} is being changed`)
    return {
      step: 'stamp',
      why: 'a change of one environment variable has every execution environment start anew',
    }
  }
  const flaw = flawOf(latest)
  if (flaw !== undefined) return flaw
  return { progress: { state: 'done', detail: `${latest.version} was changed since` } }
}

/** How far a function is that is called by an alias. */
export function nextForAlias(sight: AliasSight, goal: Goal): Next {
  const { alias, routed, latest, provisioned, provisionedVersion } = sight
  const versions = routed.map(({ version }) => version).join(' and ')
  if (routed.every((version) => isOf(version, goal))) {
    const flaw = routed.map(flawOf).find((found) => found !== undefined) ?? unready(provisioned)
    return flaw ?? { progress: { state: 'done', detail: `version ${versions} was made since` } }
  }
  // Both end by themselves when whoever deploys is through with it. Where they do not, it is late at some time.
  if (alias.further.length > 0)
    return running(
      `the alias sends calls to versions ${versions}: this waits until that shift of traffic is over, or somebody publishes a version and points the alias to it`,
    )
  const [current] = routed
  const differing = differingParts(current, latest)
  if (differing.length > 0)
    return running(
      `$LATEST differs from version ${current.version} of the alias (${differing.join(', ')}), so a version published now would deploy that, too: this waits until somebody deploys it, and points the alias to the new version`,
    )
  if (provisionedVersion !== undefined)
    return failed(
      `version ${current.version} has provisioned concurrency of its own, which a new version would not have: give it to the alias instead, or publish a version yourself and point the alias to it`,
    )
  const next = nextForLatest(latest, goal)
  if ('progress' in next && next.progress.state === 'done')
    return {
      step: 'publish',
      why: `$LATEST was changed since, and the alias still has version ${current.version}`,
    }
  return next
}

/** What a call would notice of one version being in the other's place, by Lambda's names for it. */
export function differingParts(one: FunctionVersion, other: FunctionVersion): readonly string[] {
  return Object.keys({ ...one.parts, ...other.parts })
    .filter((part) => one.parts[part] !== other.parts[part])
    .toSorted()
}

/** Was it made when the version was there for sure? */
export function isOf({ stamp, lastModified }: FunctionVersion, goal: Goal): boolean {
  return stamp === stampFor(goal) || lastModified >= goal.since
}

/** May calls be sent to it? */
function isReady({ state, lastUpdateStatus }: FunctionVersion): boolean {
  return (state === 'Active' || state === 'Inactive') && lastUpdateStatus === 'Successful'
}

function isChanging({ state, lastUpdateStatus }: FunctionVersion): boolean {
  return state === 'Pending' || lastUpdateStatus === 'InProgress'
}

/** What keeps calls from being sent to it. */
export function flawOf(version: FunctionVersion): { readonly progress: StandStill } | undefined {
  if (isReady(version)) return undefined
  const { state, lastUpdateStatus, reason } = version
  if (state === 'Failed' || lastUpdateStatus === 'Failed')
    return failed(
      `Lambda could not bring ${named(version)} about (${reason}): mend that and change the function once more`,
    )
  return running(`${named(version)} is being made ready`)
}

function unready(provisioned: ProvisionedStatus): { readonly progress: StandStill } | undefined {
  if (provisioned === undefined || provisioned.status === 'READY') return undefined
  if (provisioned.status === 'FAILED')
    return failed(`the alias's provisioned concurrency could not be brought about (${provisioned.reason})`)
  return running("the alias's provisioned concurrency is being brought about")
}

function named({ version }: FunctionVersion): string {
  return version === '$LATEST' ? version : `version ${version}`
}

function running(detail: string): { readonly progress: StandStill } {
  return { progress: { state: 'running', detail } }
}

function failed(detail: string): { readonly progress: StandStill } {
  return { progress: { state: 'failed', detail } }
}

import type { Entry } from '../../lambdas/inventory/entry.ts'
import { states as meanings, type State } from '../../lambdas/inventory/states.ts'
import type { Deployment } from '../deployment-function.ts'

export type Format = 'table' | 'json' | 'csv' | 'paste'

/** What somebody wants to see of an account. */
export interface Wanted {
  /** Whose thresholds and schedules hold; where and as whom to look. */
  readonly deployment: Deployment
  /** Was the deployment named, so that it is worth a word that there is none? */
  readonly named: boolean
  readonly format: Format
  /** Path of a page to write besides. */
  readonly html: string | undefined
  /** undefined: of any, and of none. */
  readonly owner: string | undefined
  /** One of them suffices; none: any. */
  readonly states: readonly State[]
  readonly accessKeys: boolean
  /** Ask for every age that is not exact, not only for those that are in doubt. */
  readonly exact: boolean
  /** Key of a tag that says whose a secret is, before any other. */
  readonly ownerTag: string | undefined
}

export function isOfOwner({ owner }: Pick<Wanted, 'owner'>, entry: Entry): boolean {
  return owner === undefined || entry.owner === owner
}

export function isInState({ states }: Pick<Wanted, 'states'>, entry: Entry): boolean {
  return states.length === 0 || states.some((state) => entry.states.includes(state))
}

/** What a list was narrowed down to, each part such that it stands behind "credentials"; none: it has all of them. */
export function narrowing({ owner, states, accessKeys }: Wanted): readonly string[] {
  return [
    ...(owner === undefined ? [] : [`of the owner ${owner}`]),
    ...(states.length === 0
      ? []
      : [`in the state ${states.map((state) => meanings[state].words).join(' or ')}`]),
    ...(accessKeys ? [] : ['without access keys']),
  ]
}

import type { Inspection } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'

export interface RetireRequest {
  /**
   * - `inspect` says who uses the version's principal
   * - `disable` takes it out of use, reversibly: the label stays
   * - `remove` ends the quarantine: the slot is free, and the label is lifted
   * - `enable` puts a version that is disabled back, so that it drains once more
   * - `restore` makes AWSCURRENT valid again where its own retirement was begun or done before somebody went back to it, or where a value that somebody
   *   stored by hand is one that was disabled
   * - `try` says whether AWSPREVIOUS still opens the target
   * - `peek` makes sure that an AWSPENDING version can be given up
   * - `reclaim` takes away what a rotation minted and lost
   * - `leave` hands the user back
   */
  readonly action:
    | 'inspect'
    | 'disable'
    | 'remove'
    | 'enable'
    | 'restore'
    | 'try'
    | 'peek'
    | 'reclaim'
    | 'leave'
  /** ARN. */
  readonly secretId: string
  /** The version that has the label DRAINING; for `restore` and `leave` the one that has AWSCURRENT, for `inspect` either, for `try` AWSPREVIOUS, for `peek` and `reclaim` AWSPENDING. */
  readonly versionId: string
  /** Only for a drain of 0, which is a swap, and for what leaked: sessions do not hold the retirement up, they are ended. */
  readonly evenIfUsed: boolean
  /** Names of sightings (`sightingName`) that a person accepted: their sessions are ended, and a use by them keeps nothing. For `disable`, and for `remove` beside `unusedSince`. */
  readonly despite?: readonly string[]
  /** For `disable`: nothing may ever make the version valid again. */
  readonly leaked?: boolean
  /**
   * For `disable`, `remove` and `enable`, in ms since the epoch: nothing is done when the secret was changed after this (`DRAIN_IN_PROGRESS`). Nobody can tell what was
   * changed: the version may have been AWSCURRENT once more, or the secret was put on hold. For `disable`: where the target tells of past uses, one before this is no obstacle.
   */
  readonly unchangedSince?: number
  /**
   * In ms, measured by the function's own clock: for `disable`, how long the secret has to be unchanged, and for `remove`, how long the version has to be disabled
   * (`DRAIN_IN_PROGRESS`).
   */
  readonly quietForMs?: number
  /** For `remove`, and for `inspect`, which then asks whether it is out of use, too. In ms since the epoch. */
  readonly disabledAt?: number
  /** For `remove` of what works until then, in ms since the epoch: one that was used after this is not removed (`STILL_USED`). */
  readonly unusedSince?: number
}

export type RetireResult =
  /** `disabled`: of what is told as disabled, whether it is out of use. Absent: nobody asked, or nobody can say. */
  | ({ readonly outcome: 'inspected'; readonly disabled?: boolean } & Inspection)
  /**
   * The credential does not work, and can be put back. `works`: its target cannot disable, so that it was only found unused, and works until it is removed. `at`: by the function's own clock,
   * in ms since the epoch.
   */
  | { readonly outcome: 'disabled'; readonly works?: true; readonly at?: number }
  /** The slot is free, and the label is lifted. */
  | { readonly outcome: 'removed' }
  /** A disabled credential works again. */
  | { readonly outcome: 'enabled' }
  /** The version's place is taken, or gone: by a newer value of its principal, stored by hand, or at the target. Only the label was lifted. */
  | { readonly outcome: 'superseded' }
  /** AWSCURRENT was disabled and works again. `editedOutside`: a person had stored its value by hand. */
  | { readonly outcome: 'restored'; readonly editedOutside?: boolean }
  /** There was nothing to restore or to enable, and AWSCURRENT works; or nothing to reclaim that a rotation waits for. */
  | { readonly outcome: 'nothing' }
  /** Does AWSPREVIOUS open the target? */
  | { readonly outcome: 'opens' | 'refused' }
  /** Giving the version up loses no password that only it holds. */
  | { readonly outcome: 'dispensable' }
  /** The rotation that waits can go on once it is gone. */
  | { readonly outcome: 'reclaiming' }
  /** Nothing at the target speaks of Overlap any more. `run` removes what is left of the other slot; that is for a person to do. */
  | { readonly outcome: 'left'; readonly run?: string }

const actions: readonly RetireRequest['action'][] = [
  'inspect',
  'disable',
  'remove',
  'enable',
  'restore',
  'try',
  'peek',
  'reclaim',
  'leave',
]

/** Throws `EVENT_INVALID` naming the field. */
export function parseRetireRequest(event: unknown): RetireRequest {
  const fields = (typeof event === 'object' && event !== null ? event : {}) as Readonly<
    Record<string, unknown>
  >
  const { action, secretId, versionId, evenIfUsed, despite, leaked } = fields
  const known = actions.find((one) => one === action)
  if (known === undefined) throw invalid('action', `one of ${actions.join(', ')}`)
  if (typeof secretId !== 'string' || !secretId.startsWith('arn:'))
    throw invalid('secretId', 'the ARN of a secret')
  if (typeof versionId !== 'string') throw invalid('versionId', 'a version id')
  if (despite !== undefined && !areNames(despite))
    throw invalid('despite', 'absent or a list of names of sightings')
  return {
    action: known,
    secretId,
    versionId,
    evenIfUsed: evenIfUsed === true,
    leaked: leaked === true,
    ...(despite === undefined ? {} : { despite }),
    ...numberIn(fields, 'unchangedSince', 'absent or milliseconds since the epoch'),
    ...numberIn(fields, 'quietForMs', 'absent or milliseconds'),
    ...numberIn(fields, 'disabledAt', 'absent or milliseconds since the epoch'),
    ...numberIn(fields, 'unusedSince', 'absent or milliseconds since the epoch'),
  }
}

function numberIn<Field extends string>(
  fields: Readonly<Record<string, unknown>>,
  field: Field,
  expected: string,
): { readonly [F in Field]?: number } {
  const value = fields[field]
  if (value === undefined) return {}
  if (typeof value !== 'number') throw invalid(field, expected)
  return { [field]: value } as { readonly [F in Field]: number }
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the request must be ${expected}`)
}

/** Events as histories that are written down have them. */
import type { Step } from '../../lambdas/rotation/event.ts'
import type { Event } from './events.ts'
import type { EventOfAnyKind } from './events-of-any-kind.ts'

export const deliver = (step: Step, calls: number | string = Number.POSITIVE_INFINITY): EventOfAnyKind => ({
  do: 'a step is delivered',
  step,
  token: 0,
  calls,
  blow: undefined,
})
export const goOn: EventOfAnyKind = {
  do: 'a paused function goes on',
  which: 0,
  calls: Number.POSITIVE_INFINITY,
}
export const ask: EventOfAnyKind = { do: 'a rotation is asked for' }
export const attempt: EventOfAnyKind = { do: 'the service tries the rotation', blow: undefined }
export const sweepUpTo = (calls: number | string): EventOfAnyKind => ({
  do: 'the sweep runs',
  calls,
  blow: undefined,
})
export const sweepPass: EventOfAnyKind = { do: 'the sweep runs to its end', blow: undefined }
export const drainPasses: EventOfAnyKind = { do: 'time passes', minutes: 125 }
export const rollBack: EventOfAnyKind = { do: 'a person rolls back' }
export const rollBackAndForward: EventOfAnyKind = { do: 'a person rolls back and forward' }
export const editStrategy: Event = { do: 'a person edits the strategy' }
export const takeOther: Event = { do: 'a person stores a new password', other: true }

export const quarantinePasses: EventOfAnyKind = { do: 'time passes', minutes: 61 }
export const untilDisabled = [sweepPass, drainPasses, sweepPass]
export const isTold: EventOfAnyKind = { do: 'a version is told to have leaked', label: 'DRAINING' }
export const askedFor = (action: 'enable' | 'restore'): EventOfAnyKind => ({
  do: 'a retire function is asked',
  action,
  which: 0,
  calls: Number.POSITIVE_INFINITY,
  blow: undefined,
})
export const askToRollBack = (calls: number | string = Number.POSITIVE_INFINITY): EventOfAnyKind => ({
  do: 'a person asks for a rollback',
  to: 'the version that drains',
  which: 0,
  calls,
  blow: undefined,
})

import { type DemoFacts, failed, type KeysFacts, type RunFacts } from '../facts.ts'
import { when } from '../objections.ts'

/** What keys must at least have lived through. */
export interface KeyRequirements {
  /** Calls of one run, over all applications, and by the one that made the fewest. */
  readonly calls: number
  readonly callsPerClient: number
  /** The same of a control, which is shorter. */
  readonly controlCalls: number
  readonly controlCallsPerClient: number
  /** Milliseconds by the sandbox's clock: the drain of the policy, and how much later a use may be told. */
  readonly drainMs: number
  readonly quarantineMs: number
}

/** What speaks against how keys were rotated, and against the scripts beside them, which must hurt. */
export function keysLost({ keys, keyControls }: DemoFacts, required: KeyRequirements): readonly string[] {
  return [
    ...when(keys.runs.length < 2, `Keys of ${keys.runs.length} of 2 kinds were rotated`),
    ...keys.runs.flatMap((run) => [
      ...tooFew(run, required.calls, required.callsPerClient),
      ...rotated(run, required),
    ]),
    ...ended(keys),
    ...inUse(keys, required),
    ...when(keyControls.length < 2, `${keyControls.length} of 2 controls of keys were run`),
    ...keyControls.flatMap((control) => [
      ...tooFew(control, required.controlCalls, required.controlCallsPerClient),
      ...when(
        failed(control.traffic) === 0,
        `${control.title}: nothing failed, so the counter would not notice a failure`,
      ),
    ]),
  ]
}

/** An application that does nothing fails never. */
function tooFew({ title, traffic, leastBusy, rotations }: RunFacts, calls: number, each: number) {
  return [
    ...when(rotations.length === 0, `${title}: no rotation`),
    ...when(traffic.queries < calls, `${title}: ${traffic.queries} calls are too few to prove anything`),
    ...when(leastBusy < each, `${title}: one client made only ${leastBusy} calls`),
  ]
}

function rotated({ title, traffic, rotations }: RunFacts, required: KeyRequirements): readonly string[] {
  return [
    ...when(failed(traffic) > 0, `${title}: ${failed(traffic)} calls were refused or failed`),
    ...rotations.flatMap(({ phases, retirement, expectedRung }) => [
      ...when(
        ![phases.generate, phases.makeValid, phases.rollOut].every(Number.isFinite),
        `${title}: its phases were not all measured`,
      ),
      ...when(
        !((phases.drain ?? 0) >= required.drainMs),
        `${title}: the old key did not drain as long as its last use may be told late`,
      ),
      ...when(
        !((phases.quarantine ?? 0) >= required.quarantineMs),
        `${title}: the old key was deleted before its quarantine was over`,
      ),
      ...when(
        retirement?.rung !== expectedRung,
        `${title}: the retirement's proof is ${retirement?.rung || 'not on record'} and should be ${expectedRung}`,
      ),
    ]),
  ]
}

function ended({ runs, old }: KeysFacts): readonly string[] {
  return runs.flatMap(({ title }) => {
    const { drained, disabled, removed } = old.find((one) => one.title === title) ?? {}
    return [
      ...when(drained !== 'active', `${title}: the old key was ${drained} while it drained`),
      ...when(
        disabled !== 'inactive',
        `${title}: the old key was ${disabled} when it was on record as disabled`,
      ),
      ...when(removed !== 'gone', `${title}: the old key was ${removed} when it was on record as removed`),
    ]
  })
}

function inUse({ silent }: KeysFacts, required: KeyRequirements): readonly string[] {
  return [
    ...when(
      !silent.inTheWay.some((line) => line.includes(silent.name)),
      `Who asked what is in the way of the old access key was not told of ${silent.name}`,
    ),
    ...when(silent.disabledMeanwhile, `The access key was disabled while ${silent.name} was served with it`),
    ...when(!(silent.quietMs >= required.drainMs), 'The access key did not drain anew after its last use'),
  ]
}

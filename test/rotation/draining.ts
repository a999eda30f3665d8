import { retire } from '../../lambdas/rotation/retire.ts'
import type { RetireRequest } from '../../lambdas/rotation/retire-request.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import type { Credential, Slot } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

export const OLD = 'version-1-'.padEnd(32, '0')
export const NOW = 'version-2-'.padEnd(32, '0')
export const value = (user: 'a' | 'b', password: string) => JSON.stringify({ host: 'db', user, password })
type State = NonNullable<Slot['stamp']>['state']

/** OLD drains on slot a, in this state there, or another version has the slot; NOW is AWSCURRENT on slot b. */
export function draining(state: State = 'live', version = OLD) {
  const clock = { now: 0 }
  const secret = fakeSecret(
    () => clock.now,
    [
      [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
  )
  const target = twoSlotTarget(() => clock.now, {
    a: { password: state === 'live' ? 'one' : undefined, stamp: { version, state } },
    b: { password: 'two', stamp: { version: NOW, state: 'live' } },
  })
  const store = secret.storeFor(directly)
  const retirer = target.retirerFor(directly)
  const run = (request: Partial<RetireRequest> = {}, used = { store, retirer }) =>
    retire(
      { store: used.store, retirerFor: () => used.retirer },
      { action: 'disable', secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false, ...request },
    )
  const old: Credential = JSON.parse(value('a', 'one'))
  const oldWorks = () => target.works(old)
  const rollBack = () => secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
  const stateOfOld = () => target.slot('a').stamp?.state
  return { secret, target, store, retirer, run, oldWorks, clock, rollBack, stateOfOld }
}

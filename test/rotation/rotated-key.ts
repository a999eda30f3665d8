import { keyAdapter } from '../../lambdas/adapters/keys/adapter.ts'
import type { Patience } from '../../lambdas/adapters/keys/options.ts'
import { keyRetirer } from '../../lambdas/adapters/keys/retirer.ts'
import { heldValues } from '../../lambdas/rotation/held-values.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { RetireRequest } from '../../lambdas/rotation/retire-request.ts'
import { rollback } from '../../lambdas/rotation/rollback.ts'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { fakeKeyCodec, type KeyPlaceTraits, keyPlace } from '../fakes/key-place.ts'
import { type FakeKey, keyServer } from '../fakes/key-server.ts'
import { type Call, directly, processOf, type Strike } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { NOW, OLD } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

const DAY_MS = 86_400_000
/** Of its 60 s, as much as may be waited (`spareTime` in lambdas/rotation/deadline.ts). */
const RETIRE_MS = 54_000

interface Given extends Partial<Pick<KeyPlaceTraits, 'disables' | 'records'>> {
  readonly patience?: Partial<Patience>
}

/** OLD drains with the first key, which it has on record in this state; NOW is AWSCURRENT with the second. */
export function rotatedKey(state: 'live' | 'disabled' = 'live', given: Given = {}) {
  const { disables = true, records = 'tags' } = given
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  const server = keyServer({ now })
  const mint = (versionId: string): FakeKey => {
    const key = server.mint('robot', records === 'names' ? `overlap ${SECRET_ARN} ${versionId}` : '')
    if (key === undefined) throw new Error('there is no room')
    if (records === 'tags')
      server.tag('robot', key.keyId, { secret: SECRET_ARN, versionId, state: 'live', since: now() })
    return key
  }
  const [first, second] = [mint(OLD), mint(NOW)]
  const secret = fakeSecret(now, [
    [['AWSCURRENT', 'DRAINING'], fakeKeyCodec.serialize(first)],
    [['AWSCURRENT'], fakeKeyCodec.serialize(second)],
  ])
  secret.tag('overlap:kind', 'iam-access-key')
  clock.now += 9 * DAY_MS
  if (state === 'disabled') {
    server.setActive(first.keyId, false)
    server.tag('robot', first.keyId, { secret: SECRET_ARN, versionId: OLD, state, since: now() })
  }
  const store = secret.storeFor(directly)
  const options = (left: () => number, call: Call = directly) => ({
    kind: 'iam-access-key',
    place: keyPlace(server, call, { secret: SECRET_ARN, now, records, disables, tellsLastUse: true }),
    codec: fakeKeyCodec,
    held: heldValues(store, { arn: SECRET_ARN }),
    now,
    sleep: async (ms: number) => {
      clock.now += ms
    },
    remaining: left,
    ...(given.patience === undefined ? {} : { patience: given.patience }),
  })
  const run = (used: SecretStore = store, left = () => 60_000) =>
    rollback({ store: used, adapterFor: () => keyAdapter(options(left)) }, SECRET_ARN, {})
  /** What a retire function has from this moment on. */
  const timed = () => {
    const began = clock.now
    return () => RETIRE_MS - (clock.now - began)
  }
  const retires = (request: Partial<RetireRequest>) =>
    retire(
      { store, retirerFor: () => keyRetirer(options(timed())) },
      { action: 'disable', secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false, ...request },
    )
  /** Each call of it is one that it may be paused before, or die at. */
  const processes = {
    rollback: (strike?: Strike) =>
      processOf(
        (call) =>
          rollback(
            { store: secret.storeFor(call), adapterFor: () => keyAdapter(options(() => 60_000, call)) },
            SECRET_ARN,
            {},
          ),
        strike === undefined ? {} : { strike },
      ),
    retires: (request: Partial<RetireRequest>) =>
      processOf((call) =>
        retire(
          { store: secret.storeFor(call), retirerFor: () => keyRetirer(options(timed(), call)) },
          { action: 'remove', secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false, ...request },
        ),
      ),
  }
  const labels = () => [secret.holder('AWSCURRENT'), secret.holder('DRAINING')]
  /** `meanwhile` is what happens in the moment when AWSCURRENT has moved to `to`. */
  const onMove = (to: string, meanwhile: () => void): SecretStore => ({
    ...store,
    moveLabel: async (id, label, move) => {
      await store.moveLabel(id, label, move)
      if (label === 'AWSCURRENT' && move.to === to) meanwhile()
    },
  })
  return {
    clock,
    server,
    secret,
    store,
    first,
    second,
    options,
    timed,
    run,
    retires,
    processes,
    labels,
    onMove,
  }
}

export type RotatedKey = ReturnType<typeof rotatedKey>

import { keyAdapter } from '../../lambdas/adapters/keys/adapter.ts'
import type { KeyOptions } from '../../lambdas/adapters/keys/options.ts'
import { keyRetirer } from '../../lambdas/adapters/keys/retirer.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import type { Sabotage, Target } from './functions.ts'
import { fakeKeyCodec, type KeyPlaceTraits, keyPlace } from './key-place.ts'
import type { FakeKey, KeyServer } from './key-server.ts'
import type { Call } from './process.ts'

/**
 * A function gives a call up that takes longer; what was paused for longer has not been carried out. Nothing but this bounds how late a decision about a key is carried
 * out: a place that keeps keys has no lock.
 */
const CALL_MS = 8_000
/** The time-out of a function that rotates or retires a key. */
const LIFE_MS = 5 * 60_000

export interface KeySabotage extends Sabotage<FakeKey> {
  readonly options?: (options: KeyOptions<FakeKey>) => KeyOptions<FakeKey>
}

/** What a process knew when it did what it does now. Milliseconds. */
export interface Known {
  /** When it began. */
  readonly launched: number
  /** When it last read labels. */
  readonly labels: number
  /** When it last asked for the last use of a key. */
  readonly use: number
}

/** A target whose keys are rotated by the adapter of every kind that mints. */
export interface KeyTarget extends Target<FakeKey> {
  /** What the process knows that makes a call right now. */
  knows(): Known
  /** Call when a process reads labels. */
  sawLabels(call: Call): void
}

const nothing: Known = { launched: 0, labels: 0, use: 0 }

export function keyTarget(
  clock: { now: number },
  server: KeyServer,
  traits: Pick<KeyPlaceTraits, 'records' | 'disables' | 'tellsLastUse'>,
  sabotage: KeySabotage,
): KeyTarget {
  const now = () => clock.now
  const known = new WeakMap<Call, Known>()
  let acting: Call | undefined
  const knownTo = (call: Call) => known.get(call) ?? nothing

  const callsOf = (call: Call): Call => {
    return (name, effect) => {
      const sent = now()
      return call(name, () => {
        if (now() - sent > CALL_MS) throw new OverlapError('UNREACHABLE', `${name} took too long`)
        if (name === 'last use') known.set(call, { ...knownTo(call), use: now() })
        acting = call
        try {
          return effect()
        } finally {
          acting = undefined
        }
      })
    }
  }
  const optionsFor = (call: Call, held: KeyOptions<FakeKey>['held']): KeyOptions<FakeKey> => {
    const launched = now()
    known.set(call, { ...knownTo(call), launched })
    const options: KeyOptions<FakeKey> = {
      kind: 'fake-key',
      place: keyPlace(server, callsOf(call), { secret: SECRET_ARN, now, ...traits }),
      codec: fakeKeyCodec,
      held,
      now,
      sleep: (ms) => {
        const until = now() + ms
        return call('wait', () => {
          clock.now = Math.max(now(), until)
        })
      },
      remaining: () => launched + LIFE_MS - now(),
    }
    return sabotage.options?.(options) ?? options
  }
  return {
    knows: () => (acting === undefined ? nothing : knownTo(acting)),
    sawLabels: (call) => {
      known.set(call, { ...knownTo(call), labels: now() })
    },
    adapterFor: (call, held) => keyAdapter(optionsFor(call, held)),
    retirerFor: (call, held) => keyRetirer(optionsFor(call, held)),
    disconnect: () => {},
  }
}

import type { Operating, Subject } from '../../lambdas/operate/operating.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import { type Drain, encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import type { Retire } from '../../lambdas/sweep/visiting.ts'
import { operatedSecret } from '../fakes/operated-secrets.ts'
import { type Call, directly } from '../fakes/process.ts'
import { draining as drainingSecret, NOW, OLD } from '../rotation/draining.ts'
import { secretWith } from '../rotation/secret.ts'
import { HOUR_MS, operating } from './operating.ts'

export { NOW, OLD }

/** When OLD was seen replaced. */
export const REPLACED = Date.parse('2026-11-25T00:00:00Z')

/** OLD drains on a real target, for 2 hours, and 3 have passed; NOW is AWSCURRENT. Every call to anything is one of `call`. */
export function draining(tags: Readonly<Record<string, string>> = {}, drain: Partial<Drain> = {}) {
  const world = drainingSecret()
  const { secret, target, clock } = world
  clock.now = REPLACED
  const all = {
    'overlap:mode': 'enforce',
    'overlap:drain': '2h',
    [STATE_TAG]: encodeState({ drain: { version: OLD, since: REPLACED, ...drain } }),
    ...tags,
  }
  for (const [key, text] of Object.entries(all)) secret.tag(key, text)
  clock.now = REPLACED + 3 * HOUR_MS
  const now = () => clock.now
  const made = operating(operatedSecret(secret), now)

  const retireBy =
    (call: Call): Retire =>
    async (request) => {
      made.asked.push(`${request.action} ${request.versionId}`)
      return retire({ store: secret.storeFor(call), retirerFor: () => target.retirerFor(call) }, request)
    }
  /** What a process of this function has. */
  const by = (call: Call = directly): { readonly operating: Operating; readonly subject: Subject } => {
    const functions = { rotate: made.rotate, retire: retireBy(call) }
    return {
      operating: {
        ...made,
        secrets: operatedSecret(secret, call),
        // As long as several calls of others.
        sleep: async () => {
          for (let calls = 0; calls < 6; calls++) await call('sleep', () => undefined)
        },
        functions: new Map([[secretWith({}).rotationFunction ?? '', functions]]),
        watcher: {
          ...made.watcher,
          record: (record) => call('PutLogEvents', () => void made.records.push(record)),
        },
      },
      subject: { secret: secret.describe(), functions },
    }
  }
  const tag = (key: string) => secret.describe().tags.get(key)
  return { ...world, ...made, by, tag, retireBy }
}

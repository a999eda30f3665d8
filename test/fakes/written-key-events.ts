/** Events as histories of keys that are written down have them; those of any kind are in written-events.ts. */
import type { EventOfAnyKind } from './events-of-any-kind.ts'
import type { KeyEvent } from './key-events.ts'
import type { KeyTraits } from './key-world.ts'
import { ask, deliver, sweepPass, sweepUpTo } from './written-events.ts'

export const iamLike: KeyTraits = {
  records: 'tags',
  disables: true,
  tellsLastUse: true,
  mostKeys: 2,
  propagationMs: 0,
}
/** A provider that takes no key out of use but for ever. */
export const withoutDisabling: KeyTraits = { ...iamLike, records: 'names', disables: false }

export const timePasses = (minutes: number): EventOfAnyKind => ({ do: 'time passes', minutes })
export const drainPasses = timePasses(211)
export const quarantinePasses = timePasses(121)
/** Longer than a call to who keeps keys lasts. */
export const aMomentPasses: KeyEvent = { do: 'seconds pass', seconds: 40 }
export const goOnTo = (calls: string): EventOfAnyKind => ({
  do: 'a paused function goes on',
  which: 0,
  calls,
})
export const dies: EventOfAnyKind = { do: 'a paused function dies', which: 0 }
export const engineerUsesKey: KeyEvent = { do: 'an engineer uses a key that no version holds' }
/** Of the keys that there are, oldest first. */
export const engineerDeactivates = (which: number): KeyEvent => ({
  do: 'an engineer takes a key out of use',
  which,
})

export const untilDisabled = [sweepPass, drainPasses, sweepPass]
export const untilRemoved = [...untilDisabled, quarantinePasses, sweepPass]
/** The retire function, as the sweep has just invoked it, has read labels and no value yet. */
export const upToRetirement = [sweepUpTo('Invoke'), goOnTo('Invoke'), goOnTo('GetSecretValue')]
/** The sweep has known for long of a rotation that waits. */
export const sweepHelps = [sweepPass, timePasses(11), sweepPass]
/** A call to mint was announced and never came; then an engineer made a key. */
export const ambiguous: readonly KeyEvent[] = [
  ask,
  deliver('createSecret', 'mint key'),
  { do: 'an engineer makes a key' },
  dies,
]

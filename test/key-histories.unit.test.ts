import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyEvent, type KeyHistory, keyHistory } from './fakes/key-events.ts'
import { playKeys, recoverKeys } from './fakes/key-play.ts'
import { ask, attempt, goOn, rollBack, sweepPass } from './fakes/written-events.ts'
import {
  aMomentPasses,
  ambiguous,
  engineerDeactivates,
  engineerUsesKey,
  goOnTo,
  iamLike,
  quarantinePasses,
  sweepHelps,
  timePasses,
  untilDisabled,
  untilRemoved,
  upToRetirement,
} from './fakes/written-key-events.ts'

describe('whatever happens to a secret whose target mints its keys', () => {
  it('no key in use ends, nobody else’s is touched, and none is left over', async () => {
    await fc.assert(
      fc.asyncProperty(keyHistory, async (chosen) => {
        const played = await playKeys(chosen)
        expect(played.violations).toEqual([])
        await recoverKeys(played)
      }),
      { numRuns: Number(process.env.HISTORIES ?? 400) },
    )
  }, 600_000)
})

const storedAgain: KeyEvent = { do: 'a person stores the value of AWSPREVIOUS' }
const ownKeyAgain: KeyEvent = { do: 'a person stores AWSCURRENT’s own key again' }
const leaks: KeyEvent = { do: 'a version is told to have leaked', label: 'AWSCURRENT' }
const drainingAgain: KeyEvent = { do: 'a person stores what drains again, unchanged' }
const found: readonly (Omit<KeyHistory, 'traits'> & { readonly when: string })[] = [
  {
    when: 'a person stores a key once more, so that two versions hold it',
    start: 'steady',
    events: [storedAgain, storedAgain],
  },
  {
    when: 'a person edits another field of AWSCURRENT, and it is rotated twice',
    start: 'steady',
    events: [ownKeyAgain, ask, attempt, ...untilRemoved, ask, attempt, ...untilRemoved],
  },
  {
    when: 'a person edits another field of AWSCURRENT, and that version leaks',
    start: 'steady',
    events: [ownKeyAgain, leaks, ...sweepHelps, attempt, ...untilRemoved],
  },
  {
    when: 'a person stores what leaked once more, with another field, and it was taken out of use by hand',
    start: 'fresh',
    schedule: 'daily',
    events: [
      { do: 'a person stores a key made by hand' },
      { do: 'a person stores the value of AWSPREVIOUS' },
      { do: 'a person rolls back' },
      engineerDeactivates(0),
      { do: 'a version is told to have leaked', label: 'AWSPREVIOUS' },
      { do: 'a rotation is hit while it mints', at: 'write intent', how: 'killed before' },
      drainingAgain,
      ownKeyAgain,
      { do: 'the sweep runs', calls: 1, blow: undefined },
    ],
  },
  {
    when: 'a person stores what drains again, unchanged, and it is rotated twice',
    start: 'draining',
    events: [drainingAgain, sweepPass, ask, attempt, ...untilRemoved, ask, attempt, ...untilRemoved],
  },
  {
    when: 'a person rolls back by hand while a removal reads what versions hold',
    start: 'draining',
    events: [
      ...untilDisabled,
      quarantinePasses,
      ...upToRetirement,
      goOnTo('DescribeSecret'),
      goOnTo('GetSecretValue'),
      rollBack,
      aMomentPasses,
      goOn,
    ],
  },
  {
    when: 'AWSCURRENT breaks during a quarantine, whose key is the only way back',
    start: 'draining',
    events: [...untilDisabled, engineerDeactivates(1), quarantinePasses, sweepPass],
  },
  {
    when: 'an engineer makes a key in the seconds in which a mint got lost, and uses it at once',
    start: 'fresh',
    events: [...ambiguous, engineerUsesKey, timePasses(61), ...sweepHelps, sweepPass],
  },
]

describe('a secret whose target mints its keys keeps what is promised when', () => {
  it.each(found)('$when', async (chosen) => {
    const played = await playKeys({ traits: iamLike, ...chosen })
    expect(played.violations).toEqual([])
    await recoverKeys(played)
  })
})

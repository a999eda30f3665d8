import { expect } from 'vitest'
import { perhapsDisabled } from '../../lambdas/sweep/next-action.ts'
import { stateOf } from '../../lambdas/sweep/state.ts'
import type { KeyEvent, KeyHistory } from './key-events.ts'
import type { FakeKey, ServedKey } from './key-server.ts'
import { ACCOUNT } from './key-starts.ts'
import type { KeySabotage } from './key-target.ts'
import { type KeyWorld, keyWorld } from './key-world.ts'
import { playing, ZOMBIE_MS } from './playing.ts'
import { settle } from './settle.ts'

/** Plays a history and returns the world as it left it, with every function ended. */
export async function playKeys(
  { traits, start, schedule, mode = 'enforce', events }: KeyHistory,
  sabotage: KeySabotage = {},
): Promise<KeyWorld> {
  const played = keyWorld(traits, start, sabotage)
  const going = playing(played, { schedule, mode }, ZOMBIE_MS)
  const { clock, secret, server } = played
  let notes = 0
  for (const one of events) {
    await happen(one)
    going.settle()
  }
  await going.end()
  return played

  async function happen(one: KeyEvent): Promise<void> {
    switch (one.do) {
      case 'a rotation is hit while it mints': {
        secret.rotate()
        await played.attempt((name) => (name === one.at ? one.how : undefined))
        return
      }
      case 'seconds pass':
        clock.now += one.seconds * 1000
        return
      case 'a consumer uses the key': {
        const value = secret.value(secret.holder(one.of) ?? '')
        if (value !== undefined) played.use(JSON.parse(value))
        return
      }
      case 'an engineer makes a key':
        server.mint(ACCOUNT, '', true)
        return
      case 'an engineer uses a key that no version holds':
        for (const key of played.engineers()) played.use(key)
        return
      case 'an engineer takes a key out of use':
        return byHand(one.which, (keyId) => server.setActive(keyId, false, true))
      case 'an engineer puts a key back':
        return byHand(one.which, (keyId) => server.setActive(keyId, true, true))
      case 'an engineer deletes a key':
        return byHand(one.which, (keyId) => server.remove(keyId, true))
      case 'a person stores a key made by hand': {
        const key = server.mint(ACCOUNT, '', true)
        return key === undefined ? undefined : store(key)
      }
      case 'a person stores the value of AWSPREVIOUS': {
        const previous = secret.value(secret.holder('AWSPREVIOUS') ?? '')
        if (previous === undefined) return
        notes += 1
        return store({ ...JSON.parse(previous), note: `by hand ${notes}` })
      }
      case 'a person stores AWSCURRENT’s own key again':
        notes += 1
        return store({ ...played.current(), note: `by hand ${notes}` })
      case 'a person stores what drains again, unchanged': {
        const value = secret.value(secret.holder('DRAINING') ?? '')
        return value === undefined ? undefined : store(JSON.parse(value))
      }
      case 'the service deletes what has no label':
        return secret.deleteUnlabelled()
      default:
        return going.happen(one)
    }
  }
  function byHand(which: number, edit: (keyId: string) => void): void {
    const keys = server.keys(ACCOUNT)
    const { keyId } = keys[which % keys.length] ?? {}
    if (keyId === undefined) return
    edit(keyId)
    if (keyId === played.current().keyId) played.excuse()
  }
  function store(key: FakeKey): void {
    secret.putByHand(JSON.stringify(key))
    played.excuse()
  }
}

/** What a secret at rest looks like: nothing waits, nothing drains, and there is no key but that of AWSCURRENT. */
export function unrestOfKeys({ secret, server, current, works }: KeyWorld): string[] {
  const pending = secret.holder('AWSPENDING')
  const others = server.keys(ACCOUNT).filter(({ keyId }) => keyId !== current().keyId)
  return [
    ...(pending !== undefined && pending !== secret.holder('AWSCURRENT') ? [`${pending} is AWSPENDING`] : []),
    ...(secret.holder('DRAINING') === undefined ? [] : [`${secret.holder('DRAINING')} is DRAINING`]),
    ...others.map(({ keyId, active }) => `${keyId} is there and ${active ? 'works' : 'is out of use'}`),
    ...(works() ? [] : ['AWSCURRENT does not work']),
  ]
}

/** Faults and holds are over, engineers take away what is theirs, and somebody asks every six hours: a rotation must finish, and what it replaces must go. */
export async function recoverKeys(played: KeyWorld): Promise<void> {
  const { secret, server, current, works, clock } = played
  played.hold()
  played.mode('enforce')
  leakCopies()
  if (!works() && played.owed()) {
    // The sweep's tag remembers one version. Going back to another one is seen only when its event comes.
    const described = secret.describe()
    if (perhapsDisabled({ secret: described, state: stateOf(described, clock.now) }) === undefined)
      await played.visit().run()
    expect(await settle(played, works, 12)).toBe(true)
  }
  if (!works()) repairByHand(played)
  const before = secret.holder('AWSCURRENT')
  const rotated = () => secret.holder('AWSCURRENT') !== before
  const rested = () => rotated() && unrestOfKeys(played).length === 0
  for (let schedule = 0; schedule < 12 && !rested(); schedule++) {
    leakCopies()
    // As FOREIGN_KEY asks.
    for (const { keyId } of [...played.engineers(), ...played.leftToAPerson()]) server.remove(keyId, true)
    if (!rotated()) secret.rotate()
    await settle(played, rested, 12)
  }
  expect(unrestOfKeys(played)).toEqual([])
  expect(secret.holder('AWSCURRENT')).not.toBe(before)
  expect(played.violations).toEqual([])

  /** As LEAKED asks whoever stored a leaked value once more. */
  function leakCopies(): void {
    for (const label of ['AWSCURRENT', 'DRAINING'] as const) {
      const holder = secret.holder(label)
      if (holder !== undefined && played.holdsLeaked(holder)) played.leak(holder)
    }
  }
  /** A person broke it by hand, or it leaked. */
  function repairByHand({ server: { keys } }: KeyWorld): void {
    const isThere = ({ keyId, key }: ServedKey) => keyId === current().keyId && key === current().key
    if (keys(ACCOUNT).some(isThere) && !played.isLeaked()) {
      server.setActive(current().keyId, true, true)
    } else {
      const [oldest] = keys(ACCOUNT).filter(({ keyId }) => keyId !== current().keyId)
      const made = server.mint(ACCOUNT, '', true) ?? replaced(oldest?.keyId ?? current().keyId)
      secret.putByHand(JSON.stringify(made))
    }
    played.excuse()
  }
  function replaced(keyId: string): FakeKey | undefined {
    server.remove(keyId, true)
    return server.mint(ACCOUNT, '', true)
  }
}

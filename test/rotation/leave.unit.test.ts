import { describe, expect, it } from 'vitest'
import { currentAtRest } from '../../lambdas/rotation/at-rest.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { Label, SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { at, blowsOn } from '../fakes/blows.ts'
import { type Call, directly, processOf } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import type { Slot } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN, secretWith } from './secret.ts'

const [OLD, NOW] = [1, 2].map((count) => `version-${count}-`.padEnd(32, '0')) as [string, string]
const value = (user: 'a' | 'b', password: string) => JSON.stringify({ host: 'db', user, password })
const live = (version: string, password: string): Slot => ({ password, stamp: { version, state: 'live' } })

/** NOW is AWSCURRENT on slot a, which was there first; slot b is retired, or whatever a test says. */
function settled(other: Slot = { password: undefined, stamp: { version: OLD, state: 'retired' } }) {
  const secret = fakeSecret(
    () => 0,
    [
      [['AWSCURRENT'], value('b', 'one')],
      [['AWSCURRENT'], value('a', 'two')],
    ],
  )
  const clock = { now: 0 }
  const target = twoSlotTarget(() => clock.now, { a: live(NOW, 'two'), b: other })
  const leaveBy = (call: Call, versionId = NOW) =>
    retire(
      { store: secret.storeFor(call), retirerFor: () => target.retirerFor(call) },
      { action: 'leave', secretId: SECRET_ARN, versionId, evenIfUsed: false },
    )
  const works = () => target.works(JSON.parse(value('a', 'two')))
  const stamps = () => [target.slot('a').stamp, target.slot('b').stamp]
  return { secret, target, leaveBy, works, stamps, clock }
}

describe('leave', () => {
  it('takes away what is on record, and AWSCURRENT works; again and again', async () => {
    const { leaveBy, works, stamps } = settled()
    for (const _ of [1, 2]) {
      expect(await leaveBy(directly)).toEqual({ outcome: 'left' })
      expect([works(), ...stamps()]).toEqual([true, undefined, undefined])
    }
  })

  it('says what a person can run', async () => {
    const { secret, target } = settled()
    const retirer = { ...target.retirerFor(directly), leave: async () => 'DROP ROLE b' }
    const left = retire(
      { store: secret.storeFor(directly), retirerFor: () => retirer },
      { action: 'leave', secretId: SECRET_ARN, versionId: NOW, evenIfUsed: false },
    )
    expect(await left).toEqual({ outcome: 'left', run: 'DROP ROLE b' })
  })

  it.each([
    { what: 'a rotation waits', label: 'AWSPENDING', code: 'LEAVE_TOO_SOON' },
    { what: 'a version drains', label: 'DRAINING', code: 'LEAVE_TOO_SOON' },
    { what: 'AWSCURRENT moved', label: 'AWSCURRENT', code: 'LABELS_MOVED' },
  ] as const)('takes nothing when $what, before or while it waits for the lock', async ({ label, code }) => {
    for (const when of ['before', 'meanwhile']) {
      const { secret, target, works, stamps } = settled()
      const move = () => {
        const from = secret.holder(label)
        secret.moveLabel(label as Label, { ...(from === undefined ? {} : { from }), to: OLD })
      }
      if (when === 'before') move()
      const calls: Call = async (name, effect) => {
        const done = effect()
        if (name === 'read stamps' && when === 'meanwhile') move()
        return done
      }
      const left = retire(
        { store: secret.storeFor(directly), retirerFor: () => target.retirerFor(calls) },
        { action: 'leave', secretId: SECRET_ARN, versionId: NOW, evenIfUsed: false },
      )
      await expect(left).rejects.toMatchObject({ code })
      expect([works(), stamps().every((stamp) => stamp !== undefined)]).toEqual([true, true])
    }
  })

  it('of a version without a value says so', async () => {
    const { secret, target } = settled()
    const store = { ...secret.storeFor(directly), read: async () => undefined }
    await expect(
      retire(
        { store, retirerFor: () => target.retirerFor(directly) },
        { action: 'leave', secretId: SECRET_ARN, versionId: NOW, evenIfUsed: false },
      ),
    ).rejects.toMatchObject({ code: 'SECRET_INVALID', message: expect.stringContaining(NOW) })
  })

  it('is done by whoever asks again, wherever it was cut off, and AWSCURRENT always works', async () => {
    const calls = at(Number.POSITIVE_INFINITY, 'killed before')
    const counted = settled()
    await processOf((call) => counted.leaveBy(call), { strike: calls }).run()
    expect(calls.calls()).toBeGreaterThan(4)
    for (let k = 1; k <= calls.calls(); k++)
      for (const blow of blowsOn(k)) {
        const { leaveBy, works, stamps, target, clock } = settled()
        const strike = at(k, blow)
        const cut = processOf((call) => leaveBy(call), { strike, killed: target.disconnect })
        await cut.run()
        expect(works(), `${blow} call ${k}`).toBe(true)
        // The server ends a transaction whose function never heard that it began.
        clock.now += 60_000
        expect(await leaveBy(directly), `${blow} call ${k}`).toEqual({ outcome: 'left' })
        expect([works(), ...stamps()]).toEqual([true, undefined, undefined])
      }
  })
})

describe('a secret at rest', () => {
  const rest = (versions: Readonly<Record<string, readonly string[]>>, more?: Partial<SecretDescription>) => {
    try {
      return currentAtRest(secretWith(versions, more))
    } catch (error) {
      if (error instanceof OverlapError) return `${error.code}: ${error.message}`
      throw error
    }
  }

  it.each([
    ['only AWSCURRENT', { now: ['AWSCURRENT'] }],
    ['one that was rotated', { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }],
    ['AWSPENDING left on AWSCURRENT', { now: ['AWSCURRENT', 'AWSPENDING'] }],
  ])('is one with %s', (_, versions) => {
    expect(rest(versions)).toBe('now')
  })

  it.each([
    [
      'that waits',
      { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
      /LEAVE_TOO_SOON.*--remove-from-version-id next/,
    ],
    ['that drains', { now: ['AWSCURRENT'], old: ['DRAINING'] }, /LEAVE_TOO_SOON.*old has the label DRAINING/],
    ['about to finish', { now: ['AWSCURRENT', 'DRAINING'] }, /LEAVE_TOO_SOON/],
    ['without AWSCURRENT', {}, /NO_CURRENT_VERSION/],
  ])('is not one %s', (_, versions, says) => {
    expect(rest(versions as Readonly<Record<string, readonly string[]>>)).toMatch(says)
  })

  it('that drains is told the whole way in order, which begins with the mode where it is observe', () => {
    const draining = { now: ['AWSCURRENT'], old: ['DRAINING'] }
    expect(rest(draining)).toMatch(
      new RegExp(
        '1\\. set the mode to enforce.*2\\. wait until.*3\\. if AWSCURRENT names the partner.*rotate once more.*4\\. leave again. ' +
          `Run: aws secretsmanager tag-resource --secret-id ${SECRET_ARN} --tags Key=overlap:mode,Value=enforce$`,
      ),
    )
    expect(rest(draining, { tags: new Map([['overlap:mode', 'enforce']]) })).toMatch(
      /In this order: 1\. wait until.*2\. if AWSCURRENT.*3\. leave again$/,
    )
  })

  it('is not one that is scheduled for deletion', () => {
    expect(rest({ now: ['AWSCURRENT'] }, { deleted: true })).toMatch(/^SECRET_DELETED/)
  })
})

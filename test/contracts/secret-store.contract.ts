import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'

export interface SecretStoreHarness {
  readonly store: SecretStore
  /** ARN of a fresh secret whose only version is AWSCURRENT. */
  readonly secretId: string
  readonly firstVersion: string
  /** The value of that version. */
  readonly firstValue: string
  close(): Promise<void>
}

const token = (n: number) => `00000000-0000-4000-8000-00000000000${n}`

/** What a rotation relies on, whoever the store is. */
export function secretStoreContract(kind: string, start: () => Promise<SecretStoreHarness>): void {
  describe(`the secret store: ${kind}`, () => {
    let harness: SecretStoreHarness
    beforeEach(async () => {
      harness = await start()
    })
    afterEach(() => harness.close())

    const put = (
      versionId: string,
      secretString: string,
      label: 'AWSPENDING' | 'AWSCURRENT' = 'AWSPENDING',
    ) =>
      harness.store.write(harness.secretId, {
        versionId,
        secretString,
        labels: [label],
        rotationToken: undefined,
      })
    const move = (...args: [Parameters<SecretStore['moveLabel']>[1], { from?: string; to?: string }]) =>
      harness.store.moveLabel(harness.secretId, ...args)
    const labels = async () => {
      const { versions } = await harness.store.describe(harness.secretId)
      return Object.fromEntries([...versions].map(([id, held]) => [id, [...held].sort()]))
    }

    it('describes a fresh secret', async () => {
      const { store, secretId, firstVersion } = harness
      expect(await store.describe(secretId)).toMatchObject({
        arn: secretId,
        deleted: false,
        owningService: undefined,
      })
      expect(await labels()).toEqual({ [firstVersion]: ['AWSCURRENT'] })
    })

    it('says when it was last changed, a label moved included', async () => {
      const { store, secretId, firstVersion } = harness
      const changes = [() => put(token(1), 'one'), () => move('DRAINING', { to: firstVersion })]
      for (const change of changes) {
        const before = (await store.describe(secretId)).lastChanged?.getTime() ?? Number.NaN
        while (Date.now() <= before) await setImmediate()
        await change()
        expect((await store.describe(secretId)).lastChanged?.getTime()).toBeGreaterThan(before)
      }
    })

    it('reads by version, and says undefined for a version that is not there', async () => {
      const { store, secretId, firstVersion, firstValue } = harness
      expect(await store.read(secretId, firstVersion)).toBe(firstValue)
      expect(await store.read(secretId, token(9))).toBeUndefined()
    })

    it('stores a pending version beside the current one', async () => {
      const { store, secretId, firstVersion } = harness
      await put(token(1), 'one')
      expect(await labels()).toEqual({ [firstVersion]: ['AWSCURRENT'], [token(1)]: ['AWSPENDING'] })
      expect(await store.read(secretId, token(1))).toBe('one')
    })

    it('takes the same token with the same value for the same call', async () => {
      await put(token(1), 'one')
      await put(token(1), 'one')
      expect((await labels())[token(1)]).toEqual(['AWSPENDING'])
    })

    it('refuses the same token with another value, and keeps the first', async () => {
      const { store, secretId } = harness
      await put(token(1), 'one')
      await expect(put(token(1), 'two')).rejects.toMatchObject({ code: 'SECRETS_MANAGER_FAILED' })
      expect(await store.read(secretId, token(1))).toBe('one')
    })

    it('moves a listed label off the version that had it', async () => {
      await put(token(1), 'one')
      await put(token(2), 'two')
      expect(await labels()).toMatchObject({ [token(2)]: ['AWSPENDING'] })
      expect(await labels()).not.toHaveProperty(token(1))
    })

    it('knows when a version was created, with a label or without', async () => {
      const { store, secretId, firstVersion } = harness
      await put(token(1), 'one')
      await put(token(2), 'two')
      const dates = await store.createdDates(secretId)
      expect([...dates.keys()].sort()).toEqual([firstVersion, token(1), token(2)].sort())
      expect(dates.get(firstVersion)?.getTime()).toBeLessThanOrEqual(dates.get(token(2))?.getTime() ?? 0)
    })

    it('moves AWSCURRENT, and AWSPREVIOUS follows; AWSPENDING and DRAINING stay', async () => {
      const { firstVersion } = harness
      await put(token(1), 'one')
      await move('DRAINING', { to: firstVersion })
      await move('AWSCURRENT', { from: firstVersion, to: token(1) })
      expect(await labels()).toEqual({
        [firstVersion]: ['AWSPREVIOUS', 'DRAINING'],
        [token(1)]: ['AWSCURRENT', 'AWSPENDING'],
      })
    })

    it('moves AWSCURRENT back', async () => {
      const { firstVersion } = harness
      await put(token(1), 'one')
      await move('AWSCURRENT', { from: firstVersion, to: token(1) })
      await move('AWSCURRENT', { from: token(1), to: firstVersion })
      expect(await labels()).toEqual({
        [firstVersion]: ['AWSCURRENT'],
        [token(1)]: ['AWSPENDING', 'AWSPREVIOUS'],
      })
    })

    it('swaps only when it compares: AWSCURRENT moves from where it is', async () => {
      const { firstVersion } = harness
      await put(token(1), 'one')
      await put(token(2), 'two', 'AWSCURRENT')
      await expect(move('AWSCURRENT', { from: firstVersion, to: token(1) })).rejects.toMatchObject({
        code: 'LABELS_MOVED',
      })
      expect((await labels())[token(2)]).toEqual(['AWSCURRENT'])
    })

    it('does not take a label that is believed to be nowhere', async () => {
      const { firstVersion } = harness
      await put(token(1), 'one')
      await move('DRAINING', { to: firstVersion })
      await expect(move('DRAINING', { to: token(1) })).rejects.toMatchObject({ code: 'LABELS_MOVED' })
      expect((await labels())[firstVersion]).toEqual(['AWSCURRENT', 'DRAINING'])
    })

    it('lifts a label, and lifting it twice is the same as once', async () => {
      const { firstVersion } = harness
      await move('DRAINING', { to: firstVersion })
      await move('DRAINING', { from: firstVersion })
      await move('DRAINING', { from: firstVersion })
      expect(await labels()).toEqual({ [firstVersion]: ['AWSCURRENT'] })
    })

    it('takes a repeat of a move that was carried out for done', async () => {
      const { firstVersion } = harness
      await put(token(1), 'one')
      await move('AWSCURRENT', { from: firstVersion, to: token(1) })
      await move('AWSCURRENT', { from: firstVersion, to: token(1) })
      await move('DRAINING', { to: firstVersion })
      await move('DRAINING', { to: firstVersion })
      expect(await labels()).toEqual({
        [firstVersion]: ['AWSPREVIOUS', 'DRAINING'],
        [token(1)]: ['AWSCURRENT', 'AWSPENDING'],
      })
    })

    it('moves no label to a version that is not there', async () => {
      await expect(move('DRAINING', { to: token(9) })).rejects.toMatchObject({
        code: 'SECRETS_MANAGER_FAILED',
      })
    })
  })
}

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CredentialAdapter,
  type CredentialRetirer,
  type Fence,
  sightingName,
} from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { fence, passes, refusal } from './fence.ts'
import { mintedKeys } from './minted-keys.contract.ts'
import { inSlots, type Traits } from './traits.ts'

/** A secret with its target, as it is before its first rotation. */
export interface Subject<C> {
  /** The value of AWSCURRENT. */
  readonly secretString: string
  /** Made anew for every step, as one invocation makes it. */
  adapter(): CredentialAdapter<C>
  /** For kinds that overlap. */
  retirer?(): CredentialRetirer<C>
  /** Does the target accept it now? */
  works(credential: C): Promise<boolean>
  /** Uses it until the answer is called. Where the target tells of the last use, it tells of this one when the answer is there. */
  use(credential: C): Promise<() => Promise<void>>
  /** The same credential, its secret part wrong. */
  corrupted(credential: C): C
  /** As `corrupted`, where that has another id than the credential, since a target that refuses what it lists proves nothing: this one has the same. */
  mistaken?(credential: C): C
  /** The same credential for another place that it must not be used at. */
  elsewhere(credential: C): C
  /** For kinds whose target mints the credential. */
  readonly minted?: MintedSubject<C>
}

/** What has to be told of a secret, and of its target, where credentials do not say which version they are of. */
export interface MintedSubject<C> {
  /** From now on this version has a label, and holds it. */
  holds(versionId: string, credential: C): void
  /** Time goes by, in milliseconds. */
  passes(ms: number): void
  /** Somebody makes a credential by hand. */
  madeByHand(): Promise<C>
  /** From now on the target's list leaves these out, and no others. */
  unlists(...credentials: readonly C[]): void
}

/** A secret whose principal is to be made: the target does not know it yet. */
export interface Newcomer<C> {
  readonly secretString: string
  adapter(): CredentialAdapter<C>
  /** As for the same secret without the tag that allows it. */
  uninvited(): CredentialAdapter<C>
  /** As for the same secret once it was rotated. */
  rotated(): CredentialAdapter<C>
  works(credential: C): Promise<boolean>
  corrupted(credential: C): C
}

export interface AdapterHarness<C> {
  start(): Promise<void>
  stop(): Promise<void>
  /** What the adapter says of itself; an adapter that overlaps brings a retirer. */
  readonly overlap: boolean
  /** Absent: as a server with users and passwords. */
  readonly traits?: Traits
  subject(): Promise<Subject<C>>
  /** For kinds that provision. */
  newcomer?(): Promise<Newcomer<C>>
}

/** How a slot is disabled at the end of a drain that nobody contradicts: what was before that is no use. */
function nobodys({ tells }: Traits) {
  const drain = tells === 'sessions' ? {} : { unusedSince: Number.MAX_SAFE_INTEGER }
  return { accepts: () => false, leaked: false, ...drain }
}
/** How it is disabled whoever uses it. */
const whoever = { accepts: () => true, leaked: false }

/** What the engine and the retirement rely on, for every kind of credential. */
export function adapterContract<C>(kind: string, harness: AdapterHarness<C>): void {
  const { traits = inSlots } = harness
  const isMinted = traits.credentials === 'minted'
  const unused = nobodys(traits)

  /** The whole way out of use. */
  const retired = async (
    retirer: CredentialRetirer<C> | undefined,
    credential: C,
    current: C,
    by: Fence,
  ): Promise<void> => {
    await retirer?.disable(credential, { current, fence: by, ...unused })
    await retirer?.remove(credential, { current, fence: by })
  }

  describe(`the adapter contract: ${kind}`, () => {
    beforeAll(() => harness.start())
    afterAll(() => harness.stop())

    /** Made, and stored nowhere yet. */
    const made = async () => {
      const subject = await harness.subject()
      const first = randomUUID()
      const second = randomUUID()
      const current = subject.adapter().parse(subject.secretString)
      subject.minted?.holds(first, current)
      const pending = await subject.adapter().create(current, { versionId: second })
      return { subject, first, second, current, pending }
    }
    const created = async () => {
      const all = await made()
      all.subject.minted?.holds(all.second, all.pending)
      return all
    }
    const rotated = async () => {
      const all = await created()
      await all.subject.adapter().set(all.pending, all.current, fence(all.second, all.first))
      return all
    }

    it('is called what it is called in logs', async () => {
      expect((await harness.subject()).adapter().kind).toMatch(/^[a-z-]+$/)
    })

    it('serializes what it parsed', async () => {
      const { secretString, adapter } = await harness.subject()
      expect(JSON.parse(adapter().serialize(adapter().parse(secretString)))).toEqual(JSON.parse(secretString))
    })

    it.each(['', '{', '[]', 'null', '"CANARY"', '{"password":"CANARY","username":7}'])(
      'refuses the value %j without repeating it',
      async (text) => {
        const { adapter } = await harness.subject()
        let thrown: unknown
        try {
          adapter().parse(text)
        } catch (error) {
          thrown = error
        }
        expect(thrown).toEqual(refusal('SECRET_INVALID'))
        expect(JSON.stringify([`${thrown}`, (thrown as Error).stack, (thrown as Error).cause])).not.toContain(
          'CANARY',
        )
      },
    )

    it('passes the preflight before anything was rotated, and the preflight writes nothing', async () => {
      const { adapter, secretString, works } = await harness.subject()
      const current = adapter().parse(secretString)
      await adapter().preflight(current)
      await adapter().preflight(current)
      expect(await works(current)).toBe(true)
    })

    const yet = isMinted ? 'works already' : 'does not work yet'
    it(`creates another credential for the same target that ${yet}`, async () => {
      const { subject, current, pending } = await created()
      const adapter = subject.adapter()
      expect(adapter.serialize(pending)).not.toBe(subject.secretString)
      expect(adapter.target(pending)).toBe(adapter.target(current))
      expect(adapter.carried(adapter.parse(adapter.serialize(pending)))).toBe(adapter.carried(current))
      expect(adapter.principal(pending) === adapter.principal(current)).toBe(!adapter.overlap)
      expect(await subject.works(pending)).toBe(isMinted)
      expect(await subject.works(current)).toBe(true)
    })

    it.each(['preflight', 'create'] as const)(
      'refuses %s when the target refuses the current credential',
      async (step) => {
        const { adapter, secretString, corrupted } = await harness.subject()
        const wrong = corrupted(adapter().parse(secretString))
        const refused =
          step === 'create'
            ? adapter().create(wrong, { versionId: randomUUID() })
            : adapter().preflight(wrong)
        await expect(refused).rejects.toEqual(refusal('CURRENT_REFUSED'))
      },
    )

    if (!isMinted)
      it('refuses the test of a credential that was never set', async () => {
        const { subject, current, pending } = await created()
        await expect(subject.adapter().test(pending, current)).rejects.toEqual(refusal('PENDING_REFUSED'))
      })

    it('refuses the test of a credential that does not work', async () => {
      const { subject, current, pending } = await created()
      const wrong = subject.corrupted(pending)
      await expect(subject.adapter().test(wrong, current)).rejects.toEqual(refusal('PENDING_REFUSED'))
    })

    it('sets it so that it passes the test, and the current one goes on working exactly when the kind overlaps', async () => {
      const { subject, second, current, pending } = await rotated()
      await subject.adapter().test(pending, current)
      expect(await subject.works(pending)).toBe(true)
      expect(await subject.works(current)).toBe(subject.adapter().overlap)
      const waiting = { versionId: second, credential: pending }
      const preflight = subject.adapter().preflight(current, waiting)
      if (subject.adapter().overlap) await preflight
      else await expect(preflight).rejects.toEqual(refusal('CURRENT_REFUSED'))
      // By which the engine finds out whether consumers are kept out.
      const itself = subject.adapter().test(current, current)
      if (subject.adapter().overlap) await itself
      else await expect(itself).rejects.toEqual(refusal('PENDING_REFUSED'))
    })

    it('may be asked to set the same version again', async () => {
      const { subject, first, second, current, pending } = await rotated()
      await subject.adapter().set(pending, current, fence(second, first))
      await subject.adapter().test(pending, current)
    })

    it('may be asked to set the same version twice at a time', async () => {
      const { subject, first, second, current, pending } = await created()
      await Promise.all([1, 2].map(() => subject.adapter().set(pending, current, fence(second, first))))
      await subject.adapter().test(pending, current)
    })

    it('asks the fence before it writes, and writes nothing when the fence refuses', async () => {
      const { subject, first, second, current, pending } = await created()
      const seen: boolean[] = []
      const moved = new OverlapError('LABELS_MOVED', 'AWSPENDING is elsewhere')
      const refusing = fence(second, first, async () => {
        seen.push(await subject.works(pending))
        throw moved
      })
      await expect(subject.adapter().set(pending, current, refusing)).rejects.toBe(moved)
      expect(seen).toEqual([isMinted])
      expect(await subject.works(pending)).toBe(isMinted)
      expect(await subject.works(current)).toBe(true)
    })

    it('refuses to set a credential for another place', async () => {
      const { subject, first, second, current, pending } = await created()
      const moved = subject.elsewhere(pending)
      await expect(subject.adapter().set(moved, current, fence(second, first))).rejects.toEqual(
        refusal('TARGET_CHANGED'),
      )
      expect(await subject.works(pending)).toBe(isMinted)
      expect(await subject.works(current)).toBe(true)
    })

    it('goes back and forth: what was rotated once can be rotated again', async () => {
      const { subject, first, second, current, pending } = await rotated()
      await retired(subject.retirer?.(), current, pending, fence(first, second))
      const third = randomUUID()
      const next = await subject.adapter().create(pending, { versionId: third })
      subject.minted?.holds(third, next)
      await subject.adapter().set(next, pending, fence(third, second))
      await subject.adapter().test(next, pending)
      expect(await subject.works(next)).toBe(true)
    })

    it('says whether it overlaps', async () => {
      const { adapter, retirer } = await harness.subject()
      expect([adapter().overlap, retirer !== undefined]).toEqual([harness.overlap, harness.overlap])
    })

    it('says whether it provisions', async () => {
      const { adapter } = await harness.subject()
      expect(adapter().provision !== undefined).toBe(harness.newcomer !== undefined)
    })

    const { newcomer } = harness
    if (newcomer) describe('a principal that is to be made', () => provisioning(newcomer))

    it('says whether it repairs', async () => {
      const { adapter } = await harness.subject()
      if (isMinted) expect(adapter().repair).toBeUndefined()
    })

    if (!harness.overlap) return

    it('waits for the slot that it would overwrite, and says who holds it', async () => {
      const { subject, first, second, current, pending } = await rotated()
      const third = randomUUID()
      const held = expect.objectContaining({
        code: 'DRAIN_IN_PROGRESS',
        detail: expect.objectContaining({ holder: first }),
      })
      await expect(subject.adapter().create(pending, { versionId: third })).rejects.toEqual(held)
      await expect(subject.adapter().set(current, pending, fence(third, second))).rejects.toEqual(held)
      await expect(subject.adapter().preflight(pending)).rejects.toEqual(held)
      expect(await subject.works(current)).toBe(true)
    })

    describe('retirement', () => {
      const draining = async () => {
        const all = await rotated()
        const { retirer } = all.subject
        if (!retirer) throw new Error('an adapter that overlaps has a retirer')
        return { ...all, retirer }
      }

      it('disables, again and again, and enables', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        for (const _ of [1, 2]) {
          await retirer().disable(current, { current: pending, fence: fence(first, second), ...unused })
          expect(await subject.works(current)).toBe(!traits.disables)
        }
        for (const enabled of [traits.disables, false]) {
          expect(await retirer().enable(current, { current: pending, fence: fence(first, second) })).toBe(
            enabled,
          )
          expect(await subject.works(current)).toBe(true)
        }
        expect(await subject.works(pending)).toBe(true)
        expect(retirer().principal(current)).toBe(subject.adapter().principal(current))
      })

      it('says whether it is disabled, where the target tells', async () => {
        const { first, second, current, pending, retirer } = await draining()
        const isDisabled = () => retirer().isDisabled(current, { current: pending, versionId: first })
        const told = (disabled: boolean) => (traits.disables ? disabled : undefined)
        expect(await isDisabled()).toBe(told(false))
        await retirer().disable(current, { current: pending, fence: fence(first, second), ...unused })
        expect(await isDisabled()).toBe(told(true))
        await retirer().enable(current, { current: pending, fence: fence(first, second) })
        expect(await isDisabled()).toBe(told(false))
      })

      it('puts back only what was cut off, where nobody needs what a retirement came to its end with', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        if (!traits.disables) return
        const dying = (checks: number) =>
          fence(first, second, async () => {
            checks -= 1
            if (checks < 0) throw new OverlapError('DRAIN_IN_PROGRESS', 'the secret was changed')
          })
        const disable = (by = fence(first, second)) =>
          retirer().disable(current, { current: pending, fence: by, ...unused })
        const enable = () =>
          retirer().enable(current, { current: pending, fence: fence(first, second), cutOffAlone: true })
        await expect(disable(dying(1))).rejects.toEqual(refusal('DRAIN_IN_PROGRESS'))
        expect(await subject.works(current)).toBe(false)
        expect([await enable(), await subject.works(current)]).toEqual([true, true])
        await disable()
        // Where no state is on record nobody can tell the two apart.
        const isBack = !traits.records
        expect([await enable(), await subject.works(current)]).toEqual([isBack, isBack])
      })

      it('frees the slot at the end of the quarantine and not before, and once is enough', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        const taking = () => subject.adapter().create(pending, { versionId: randomUUID() })
        const remove = (by = fence(first, second)) =>
          retirer().remove(current, { current: pending, fence: by })
        if (traits.disables) await expect(remove()).rejects.toEqual(refusal('STILL_USED'))
        expect(await subject.works(current)).toBe(true)
        await retirer().disable(current, { current: pending, fence: fence(first, second), ...unused })
        await expect(taking()).rejects.toMatchObject({
          code: 'DRAIN_IN_PROGRESS',
          detail: { holder: first },
        })
        const moved = new OverlapError('LABELS_MOVED', 'DRAINING is elsewhere')
        await expect(remove(fence(first, second, () => Promise.reject(moved)))).rejects.toBe(moved)
        if (!isMinted) await expect(remove(fence(second, second))).rejects.toEqual(refusal('SUPERSEDED'))
        await expect(taking()).rejects.toEqual(refusal('DRAIN_IN_PROGRESS'))
        for (const _ of [1, 2]) await remove()
        expect([await subject.works(current), await subject.works(pending)]).toEqual([false, true])
        await taking()
      })

      it('puts back what is retired for its own sake alone: when somebody goes back to it', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        await retired(retirer(), current, pending, fence(first, second))
        const enable = (sake: typeof current) =>
          retirer().enable(current, { current: sake, fence: fence(first, second) })
        expect(await enable(pending)).toBe(false)
        expect(await subject.works(current)).toBe(false)
        if (isMinted)
          return expect(enable(current)).rejects.toMatchObject({
            code: 'NO_WAY_BACK',
            detail: { consumersAffected: true },
          })
        for (const restored of [true, false]) {
          expect(await enable(current)).toBe(restored)
          expect(await subject.works(current)).toBe(true)
        }
      })

      it.each([
        { when: 'it works', before: 'live' },
        { when: 'it is disabled', before: 'disabled' },
      ] as const)('of what leaked is for ever, and frees the slot, when $when', async ({ before }) => {
        const { subject, first, second, current, pending, retirer } = await draining()
        const stop = before === 'live' ? await subject.use(current) : undefined
        if (before === 'disabled')
          await retirer().disable(current, { current: pending, fence: fence(first, second), ...unused })
        const leak = () =>
          retirer().disable(current, {
            current: pending,
            fence: fence(first, second),
            ...whoever,
            leaked: true,
          })
        await leak()
        // Where nothing is reversible it is gone at once.
        if (traits.disables) await leak()
        else await expect(leak()).rejects.toEqual(refusal('SUPERSEDED'))
        expect(await subject.works(current)).toBe(false)
        if (traits.tells === 'sessions')
          expect((await retirer().sightings(current, pending)).sightings).toEqual([])
        const publish = async () => {
          throw new Error('nothing is published')
        }
        const back = () => subject.adapter().reinstate?.(current, pending, fence(first, second), publish)
        if (!traits.disables) await expect(back()).rejects.toEqual(refusal('NO_WAY_BACK'))
        // Where the target has it not on record, what the secret says of the leak keeps it from coming back.
        if (traits.disables && traits.records) {
          for (const sake of [pending, current])
            await expect(
              retirer().enable(current, { current: sake, fence: fence(first, second) }),
            ).rejects.toEqual(refusal('LEAKED'))
          await expect(back()).rejects.toEqual(refusal('LEAKED'))
        }
        await retirer().remove(current, { current: pending, fence: fence(first, second) })
        await subject.adapter().create(pending, { versionId: randomUUID() })
        await stop?.()
      })

      it('of what leaked does not wait for an AWSCURRENT that works, and says that nobody can log in any more', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        const dead = subject.corrupted(pending)
        await expect(
          retirer().disable(current, {
            current: dead,
            fence: fence(first, second),
            ...whoever,
            leaked: true,
          }),
        ).rejects.toMatchObject({ code: 'CURRENT_REFUSED', detail: { consumersAffected: true } })
        expect(await subject.works(current)).toBe(false)
      })

      it('touches nothing when the slot holds another version, or the fence refuses', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        const disable = (by: Fence, leaked = false) =>
          retirer().disable(current, { current: pending, fence: by, ...whoever, leaked })
        const superseded = expect.objectContaining({
          code: 'SUPERSEDED',
          detail: expect.objectContaining({ holder: first }),
        })
        if (!isMinted) {
          await expect(disable(fence(second, second))).rejects.toEqual(superseded)
          await expect(disable(fence(second, second), true)).rejects.toEqual(superseded)
          await expect(
            retirer().enable(current, { current: pending, fence: fence(second, second) }),
          ).rejects.toEqual(superseded)
        }
        const moved = new OverlapError('LABELS_MOVED', 'DRAINING is elsewhere')
        for (const leaked of [false, true])
          await expect(
            disable(
              fence(first, second, () => Promise.reject(moved)),
              leaked,
            ),
          ).rejects.toBe(moved)
        expect(await subject.works(current)).toBe(true)
      })

      it('logs in as the current one, and says that consumers are affected where that is refused', async () => {
        const { subject, first, second, current, pending, retirer } = await draining()
        await retirer().login(pending)
        const dead = subject.corrupted(pending)
        await expect(retirer().login(dead)).rejects.toEqual(refusal('CURRENT_REFUSED'))
        const stop = await subject.use(current)
        await expect(
          retirer().disable(current, { current: dead, fence: fence(first, second), ...unused }),
        ).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE', detail: { consumersAffected: true } })
        expect(await subject.works(current)).toBe(true)
        await stop()
      })

      if (traits.tells === 'nothing')
        it('says that it cannot be told who uses it, which is no obstacle by itself', async () => {
          const { first, second, current, pending, retirer } = await draining()
          await expect(retirer().sightings(current, pending)).rejects.toEqual(refusal('LAST_USE_UNKNOWN'))
          const context = { current: pending, fence: fence(first, second), ...unused }
          await retirer().disable(current, { ...context, unusedSince: 0 })
        })

      if (traits.tells === 'last use')
        it('sees the last use, and waits for it to be long enough ago unless it is accepted by name', async () => {
          const { subject, first, second, current, pending, retirer } = await draining()
          await (await subject.use(current))()
          const look = await retirer().sightings(current, pending)
          expect(look).toMatchObject({
            endpoints: [expect.stringMatching(/.+:\d+/)],
            asleep: false,
            principal: retirer().principal(current),
          })
          const [sighting, ...others] = look.sightings
          expect(others).toEqual([])
          expect(sighting).toMatchObject({ endpoint: look.endpoints[0], lastUsed: sighting?.since })
          const at = Date.parse(sighting?.lastUsed ?? '')
          expect(at).not.toBeNaN()
          const context = {
            current: pending,
            fence: fence(first, second),
            accepts: () => false,
            leaked: false,
          }
          for (const drain of [{}, { unusedSince: at - 1 }, { unusedSince: at }])
            await expect(retirer().disable(current, { ...context, ...drain })).rejects.toEqual(
              refusal('STILL_USED'),
            )
          expect(await subject.works(current)).toBe(true)
          const name = sighting && sightingName(sighting)
          await retirer().disable(current, { ...context, accepts: (seen) => sightingName(seen) === name })
          await retirer().enable(current, context)
          await retirer().disable(current, { ...context, unusedSince: at + 1 })
          expect(await subject.works(current)).toBe(!traits.disables)
        })

      if (traits.tells === 'sessions')
        it('sees who uses it, and leaves them alone unless they are accepted by name', async () => {
          const { subject, first, second, current, pending, retirer } = await draining()
          const nobody = await retirer().sightings(current, pending)
          expect(nobody).toMatchObject({
            sightings: [],
            endpoints: [expect.stringMatching(/.+:\d+/)],
            asleep: false,
          })
          const stop = await subject.use(current)
          const [sighting, ...others] = (await retirer().sightings(current, pending)).sightings
          expect(others).toEqual([])
          expect(sighting).toMatchObject({ endpoint: expect.stringMatching(/.+:\d+/) })
          expect(Date.parse(sighting?.since ?? '')).not.toBeNaN()
          for (const accepts of [
            () => false,
            ({ application }: { application: string }) => application === 'x',
          ])
            await expect(
              retirer().disable(current, {
                current: pending,
                fence: fence(first, second),
                ...unused,
                accepts,
              }),
            ).rejects.toEqual(refusal('STILL_USED'))
          expect(await subject.works(current)).toBe(true)
          const name = sighting && sightingName(sighting)
          await retirer().disable(current, {
            current: pending,
            fence: fence(first, second),
            ...unused,
            accepts: (seen) => sightingName(seen) === name,
          })
          expect((await retirer().sightings(current, pending)).sightings).toEqual([])
          expect(await subject.works(current)).toBe(false)
          await stop()
        })
    })

    describe('the way back', () => wayBack(rotated, traits))

    if (isMinted) describe('what is minted', () => mintedKeys(rotated, made))

    if (!isMinted)
      describe('repair', () => {
        const repairing = async () => {
          const { subject, second, current, pending } = await rotated()
          const repair = (credential: typeof current, check = passes) =>
            subject.adapter().repair?.(credential, fence(second, second, check))
          return { subject, current, pending, repair }
        }

        it('of a credential that works writes nothing', async () => {
          const { subject, current, pending, repair } = await repairing()
          for (const _ of [1, 2]) expect(await repair(pending)).toBe('works')
          expect([await subject.works(current), await subject.works(pending)]).toEqual([true, true])
        })

        it('makes the credential valid that the target does not know, and leaves the other one alone', async () => {
          const { subject, current, pending, repair } = await repairing()
          const unknown = subject.corrupted(pending)
          expect(await repair(unknown)).toBe('repaired')
          expect(await repair(unknown)).toBe('works')
          expect([await subject.works(current), await subject.works(unknown)]).toEqual([true, true])
        })

        it('writes nothing when the fence refuses', async () => {
          const { subject, pending, repair } = await repairing()
          const unknown = subject.corrupted(pending)
          const moved = new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
          await expect(repair(unknown, () => Promise.reject(moved))).rejects.toBe(moved)
          expect([await subject.works(unknown), await subject.works(pending)]).toEqual([false, true])
        })
      })

    describe('leaving', () => {
      /** Both slots have had their turn: the first one is current again, the other one retired. */
      const settled = async () => {
        const { subject, first, second, current, pending } = await rotated()
        const { retirer } = subject
        if (!retirer) throw new Error('an adapter that overlaps has a retirer')
        await retired(retirer(), current, pending, fence(first, second))
        const third = randomUUID()
        const home = await subject.adapter().create(pending, { versionId: third })
        subject.minted?.holds(third, home)
        await subject.adapter().set(home, pending, fence(third, second))
        const leave = (by: Fence = fence(third, third)) => retirer().leave(home, { fence: by })
        const retireOther = () => retired(retirer(), pending, home, fence(second, third))
        return { subject, second, third, pending, home, leave, retireOther, retirer }
      }

      it('leaves the current credential working, again and again, and nothing else', async () => {
        const { subject, pending, home, leave, retireOther } = await settled()
        await retireOther()
        const [once, twice] = [await leave(), await leave()]
        // Asked again, it may no longer be sure whose the rest is; what removes it is the same.
        expect(twice ?? '').toContain(once ?? '')
        expect([await subject.works(home), await subject.works(pending)]).toEqual([true, false])
      })

      it('of a secret that was never rotated takes nothing', async () => {
        const { adapter, retirer, secretString, works } = await harness.subject()
        const current = adapter().parse(secretString)
        const version = randomUUID()
        expect(await retirer?.().leave(current, { fence: fence(version, version) })).toBeUndefined()
        expect(await works(current)).toBe(true)
        await adapter().preflight(current)
      })

      it('waits until the other slot is retired', async () => {
        const { subject, pending, home, leave, retireOther } = await settled()
        await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
        expect([await subject.works(home), await subject.works(pending)]).toEqual([true, true])
        await retireOther()
        await leave()
      })

      if (isMinted)
        it('may be asked for whichever credential is current', async () => {
          const { subject, first, second, current, pending } = await rotated()
          await retired(subject.retirer?.(), current, pending, fence(first, second))
          expect(await subject.retirer?.().leave(pending, { fence: fence(second, second) })).toBeUndefined()
          expect(await subject.works(pending)).toBe(true)
        })

      if (!isMinted)
        it('waits until the slot that was there first is current again', async () => {
          const { subject, first, second, current, pending } = await rotated()
          const { retirer } = subject
          const leave = () => retirer?.().leave(pending, { fence: fence(second, second) })
          await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
          await retired(retirer?.(), current, pending, fence(first, second))
          await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
          expect(await subject.works(pending)).toBe(true)
          const third = randomUUID()
          await subject.adapter().create(pending, { versionId: third })
        })

      it('asks the fence before it writes, and writes nothing when the fence refuses', async () => {
        const { subject, third, home, leave, retireOther } = await settled()
        await retireOther()
        const moved = new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
        await expect(leave(fence(third, third, () => Promise.reject(moved)))).rejects.toBe(moved)
        const fourth = randomUUID()
        const next = await subject.adapter().create(home, { versionId: fourth })
        subject.minted?.holds(fourth, next)
        await subject.adapter().set(next, home, fence(fourth, third))
        await subject.adapter().test(next, home)
      })

      it('refuses when the target refuses the current credential', async () => {
        const { subject, third, home, retireOther, retirer } = await settled()
        await retireOther()
        await expect(
          retirer().leave(subject.corrupted(home), { fence: fence(third, third) }),
        ).rejects.toEqual(refusal('CURRENT_REFUSED'))
        await subject.adapter().preflight(home)
      })
    })
  })
}

/** What was replaced, and what replaced it. */
export interface Rotated<C> {
  readonly subject: Subject<C>
  readonly first: string
  readonly second: string
  readonly current: C
  readonly pending: C
}

function wayBack<C>(rotated: () => Promise<Rotated<C>>, traits: Traits): void {
  const unused = nobodys(traits)
  const draining = async (state: string) => {
    const all = await rotated()
    const { subject, first, second, current, pending } = all
    const by = { current: pending, fence: fence(first, second) }
    if (state !== 'live') await subject.retirer?.().disable(current, { ...by, ...unused })
    if (state === 'removed') await subject.retirer?.().remove(current, by)
    const published: boolean[] = []
    const back = (by: Fence = fence(first, second), replaced = pending) =>
      subject.adapter().reinstate?.(current, replaced, by, async () => {
        published.push(await subject.works(current))
      })
    return { ...all, published, back }
  }

  it.each(['live', 'disabled'])('publishes what is %s once it works, again and again', async (state) => {
    const { subject, pending, published, back } = await draining(state)
    await back()
    await back()
    expect(published).toEqual([true, true])
    expect(await subject.works(pending)).toBe(true)
  })

  it('needs nothing of what is current', async () => {
    const { subject, pending, published, back } = await draining('disabled')
    await back(undefined, subject.corrupted(pending))
    expect(published).toEqual([true])
  })

  it('is closed once it was removed, or another version took its place', async () => {
    const { subject, second, published, back } = await draining('removed')
    await expect(back()).rejects.toEqual(refusal('NO_WAY_BACK'))
    await expect(back(fence(second, second))).rejects.toEqual(refusal('NO_WAY_BACK'))
    expect(published).toEqual([])
    expect(subject.adapter().overlap).toBe(true)
  })

  it('is closed where the credential does not work', async () => {
    const { subject, first, second, current, pending } = await rotated()
    const published: boolean[] = []
    const publish = async () => void published.push(true)
    const { mistaken = subject.corrupted } = subject
    await expect(
      subject.adapter().reinstate?.(mistaken(current), pending, fence(first, second), publish),
    ).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(published).toEqual([])
  })

  // What was not disabled needs no more than to be published.
  it.each(traits.disables ? [1, 2] : [1])(
    'publishes nothing when the fence refuses, asked for the %ith time',
    async (time) => {
      const { first, second, published, back } = await draining('disabled')
      const moved = new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
      let asked = 0
      const check = async () => {
        asked += 1
        if (asked === time) throw moved
      }
      await expect(back(fence(first, second, check))).rejects.toBe(moved)
      expect([asked, published]).toEqual([time, []])
    },
  )

  it('passes on why it was not published', async () => {
    const { subject, first, second, current, pending } = await draining('live')
    const failed = new OverlapError('SECRETS_MANAGER_FAILED', 'throttled')
    const publish = () => Promise.reject(failed)
    await expect(subject.adapter().reinstate?.(current, pending, fence(first, second), publish)).rejects.toBe(
      failed,
    )
    expect([await subject.works(current), await subject.works(pending)]).toEqual([true, true])
  })
}

function provisioning<C>(newcomer: () => Promise<Newcomer<C>>): void {
  const version = randomUUID()
  const guard = fence(version, version)

  it('is missing, says the preflight, until it is made; then it can be rotated', async () => {
    const { adapter, secretString, works } = await newcomer()
    const current = adapter().parse(secretString)
    await expect(adapter().preflight(current)).rejects.toEqual(refusal('USER_MISSING'))
    await expect(adapter().create(current, { versionId: randomUUID() })).rejects.toEqual(
      refusal('USER_MISSING'),
    )
    expect(await adapter().provision?.(current, guard)).toBe('provisioned')
    expect(await works(current)).toBe(true)
    await adapter().preflight(current)
    await adapter().create(current, { versionId: randomUUID() })
  })

  it('is made once, however often it is asked for', async () => {
    const { adapter, secretString, works } = await newcomer()
    const current = adapter().parse(secretString)
    const outcomes = await Promise.all([1, 2].map(() => adapter().provision?.(current, guard)))
    expect(outcomes.sort()).toEqual(['exists', 'provisioned'])
    expect(await adapter().provision?.(current, guard)).toBe('exists')
    expect(await works(current)).toBe(true)
  })

  it('is not made when the fence refuses, nor unless the secret asks for it', async () => {
    const { adapter, uninvited, secretString } = await newcomer()
    const current = adapter().parse(secretString)
    const moved = new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
    const refusing = fence(version, version, () => Promise.reject(moved))
    await expect(adapter().provision?.(current, refusing)).rejects.toBe(moved)
    await expect(uninvited().provision?.(current, guard)).rejects.toEqual(refusal('NEW_USER_NOT_ALLOWED'))
    await expect(adapter().preflight(current)).rejects.toEqual(refusal('USER_MISSING'))
  })

  it('is lost, not new, once the secret was rotated: nobody is made in its place', async () => {
    const { adapter, rotated, secretString, works } = await newcomer()
    const current = adapter().parse(secretString)
    await expect(rotated().preflight(current)).rejects.toEqual(refusal('CURRENT_REFUSED'))
    await expect(rotated().create(current, { versionId: randomUUID() })).rejects.toEqual(
      refusal('CURRENT_REFUSED'),
    )
    await expect(rotated().provision?.(current, guard)).rejects.toEqual(refusal('NEW_USER_NOT_ALLOWED'))
    expect(await works(current)).toBe(false)
    await adapter().provision?.(current, guard)
    expect(await rotated().provision?.(current, guard)).toBe('exists')
  })

  it('is left alone when it is there and another credential opens it', async () => {
    const { adapter, secretString, works, corrupted } = await newcomer()
    const current = adapter().parse(secretString)
    await adapter().provision?.(current, guard)
    await expect(adapter().provision?.(corrupted(current), guard)).rejects.toEqual(refusal('USER_EXISTS'))
    expect(await works(current)).toBe(true)
    expect(await works(corrupted(current))).toBe(false)
  })
}

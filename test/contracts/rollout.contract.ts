import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Goal, Rollout } from '../../lambdas/rollout/rollout.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

/** A consumer that runs, on a platform of its own. */
export interface RolloutSubject<T> {
  readonly consumer: T
  /** One that the platform does not know. */
  readonly missing: T
  /** Made anew for every call, as one invocation makes it. */
  rollout(): Rollout<T>
  /** Milliseconds since the epoch by the platform's clock, which moves on at each call. */
  now(): number
  /** Lets whatever is under way come as far as it does by itself. */
  settle(): Promise<void>
  /** Is enough of it up? Asked at any time. */
  serves(): Promise<boolean>
  /** From now on nothing new of it comes up, and the platform gives that up. */
  breaks(): void
  /** Ends `breaks`. */
  heals(): void
  /** What somebody does by hand who deploys it once more. */
  deployedByHand(): Promise<void>
  /** The platform answers nobody any more. */
  cut(): Promise<void>
}

export interface RolloutHarness<T> {
  start?(): Promise<void>
  stop?(): Promise<void>
  subject(): Promise<RolloutSubject<T>>
}

const MOST_STEPS = 8

/** What the sweep relies on, for every platform. */
export function rolloutContract<T>(platform: string, harness: RolloutHarness<T>): void {
  describe(`the rollout contract: ${platform}`, () => {
    beforeAll(async () => harness.start?.())
    afterAll(async () => harness.stop?.())

    const goalOf = (subject: RolloutSubject<T>): Goal => {
      const since = subject.now()
      return { secretId: SECRET_ARN, versionId: randomUUID(), since, created: since - 60_000 }
    }
    const made = async () => {
      const subject = await harness.subject()
      await subject.settle()
      const goal = goalOf(subject)
      const state = async (of: Goal = goal) => (await subject.rollout().progress(subject.consumer, of)).state
      /** As passes of the sweep do it, each of which is `times` invocations at once. */
      const advance = async (times = 1, of: Goal = goal) => {
        const begin = () => subject.rollout().start(subject.consumer, of)
        const seen: string[] = []
        for (let step = 0; step < MOST_STEPS; step++) {
          const found = await state(of)
          seen.push(found)
          if (found === 'done' || found === 'failed') break
          if (found === 'absent') await Promise.all(Array.from({ length: times }, begin))
          expect(await subject.serves()).toBe(true)
          await subject.settle()
          expect(await subject.serves()).toBe(true)
        }
        return seen
      }
      return { subject, goal, state, advance }
    }

    it('looks without changing anything: what nobody began is absent', async () => {
      const { subject, state } = await made()
      for (const _ of [1, 2]) {
        expect(await state()).toBe('absent')
        await subject.settle()
      }
    })

    it('has begun once it was started: it runs and is not begun again', async () => {
      const { subject, goal, state } = await made()
      await subject.rollout().start(subject.consumer, goal)
      expect(await state()).toBe('running')
    })

    it('comes to its end, and is up all the while', async () => {
      const { advance } = await made()
      expect((await advance()).at(-1)).toBe('done')
    })

    it('is started twice at once without harm', async () => {
      const { advance, state } = await made()
      expect((await advance(2)).at(-1)).toBe('done')
      expect(await state()).toBe('done')
    })

    it('is started again while it runs without harm', async () => {
      const { subject, goal, advance } = await made()
      for (const _ of [1, 2, 3]) await subject.rollout().start(subject.consumer, goal)
      expect((await advance()).at(-1)).toBe('done')
    })

    it('is not done for a version that came after it', async () => {
      const { subject, advance, state } = await made()
      await advance()
      const next = goalOf(subject)
      expect(await state(next)).toBe('absent')
      expect((await advance(1, next)).at(-1)).toBe('done')
    })

    it('is not done for a version that comes back, by what was done for it before', async () => {
      const { subject, goal, advance, state } = await made()
      await advance()
      await advance(1, goalOf(subject))
      expect(await state({ ...goal, since: subject.now() })).toBe('absent')
    })

    it('is done when somebody deployed it since, whoever that was', async () => {
      const { subject, state } = await made()
      await subject.deployedByHand()
      await subject.settle()
      expect(await state()).toBe('done')
    })

    it('that does not succeed is failed, says why, stays up as it was, and is not tried again by itself', async () => {
      const { subject, goal, advance } = await made()
      subject.breaks()
      expect((await advance()).at(-1)).toBe('failed')
      await subject.settle()
      const progress = await subject.rollout().progress(subject.consumer, goal)
      expect(progress).toMatchObject({ state: 'failed', detail: expect.stringMatching(/\w{4,}/) })
      expect(await subject.serves()).toBe(true)
    })

    it('that failed is done once somebody brings it about', async () => {
      const { subject, advance, state } = await made()
      subject.breaks()
      await advance()
      expect(await state()).toBe('failed')
      subject.heals()
      await subject.deployedByHand()
      await subject.settle()
      expect(await state()).toBe('done')
    })

    it('of what the platform does not know is unknown, by name', async () => {
      const { subject, goal } = await made()
      for (const act of ['progress', 'start'] as const) {
        const error = await subject
          .rollout()
          [act](subject.missing, goal)
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
        expect(error).toBeInstanceOf(OverlapError)
        expect((error as OverlapError).code).toMatch(/_FAILED$/)
        expect((error as OverlapError).message).toContain('missing')
      }
    })

    it('is unknown when the platform does not answer: neither done nor failed', async () => {
      const { subject, goal } = await made()
      await subject.cut()
      for (const act of ['progress', 'start'] as const)
        await expect(subject.rollout()[act](subject.consumer, goal)).rejects.toMatchObject({
          code: expect.stringMatching(/^(\w+_FAILED|UNREACHABLE|TIME_UP)$/),
        })
    })
  })
}

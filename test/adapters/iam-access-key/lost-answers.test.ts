import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { INTENT_TAG } from '../../../lambdas/adapters/iam-access-key/intent-tag.ts'
import { recordTag } from '../../../lambdas/adapters/iam-access-key/record-tag.ts'
import type { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { fence, passes, refusal } from '../../contracts/fence.ts'
import { HOUR_MS, type IamRig, iamRig, type RiggedSecret } from './rig.ts'

let rig: IamRig
beforeAll(async () => {
  rig = await iamRig()
})
afterEach(() => rig.iam.decideFates(undefined))
afterAll(() => rig.stop())

/** What createSecret asks of IAM, one call after another; the last one but one mints. */
const calls = [
  'ListAccessKeys',
  'ListUserTags',
  'ListUserTags',
  'TagUser',
  'CreateAccessKey',
  'TagUser',
] as const
const MINTS = calls.indexOf('CreateAccessKey') + 1

/** The process that calls is killed when so many of its calls have arrived, before or after the last one is carried out: nothing that it asks later gets there. */
const cutOff = (at: number, carriedOut: boolean) =>
  rig.iam.decideFates((call) => {
    if (call.at > at) return 'lost before'
    if (call.at < at) return 'answered'
    expect(call.action).toBe(calls[at - 1])
    return carriedOut ? 'lost after' : 'lost before'
  })

const moments = calls.flatMap((call, index) => [
  { call, at: index + 1, carriedOut: false, minted: index + 1 > MINTS },
  { call, at: index + 1, carriedOut: true, minted: index + 1 >= MINTS },
])

async function begun() {
  const secret = await rig.secret()
  const [first, second] = [randomUUID(), randomUUID()]
  const current = secret.adapter().parse(secret.secretString)
  secret.holds(first, current)
  const create = (versionId = second) => secret.adapter().create(current, { versionId })
  const reclaim = () => secret.retirer().reclaim?.(current, { check: passes, waiting: second })
  return { secret, second, current, create, reclaim }
}

type Begun = Awaited<ReturnType<typeof begun>>

/** A rotation whose function is killed at a moment; whatever it returned is stored nowhere. */
async function killed({ create }: Begun, { at, carriedOut }: { at: number; carriedOut: boolean }) {
  cutOff(at, carriedOut)
  await create().catch(() => undefined)
  rig.iam.decideFates(undefined)
}

/** What the sweep does from then on, a day apart. */
async function untilNothingIsLost({ reclaim }: Begun): Promise<void> {
  for (let pass = 0; pass < 5; pass += 1) {
    if ((await reclaim()) === 'nothing') return
    rig.passes(25 * HOUR_MS)
  }
  throw new Error('what is lost is never gone')
}

const idsOf = async (secret: RiggedSecret) => (await secret.keys()).map(({ id }) => id)

describe('a function that is killed while it mints', () => {
  it('asks what is told here', async () => {
    const { create } = await begun()
    const asked: string[] = []
    rig.iam.decideFates(({ action }) => {
      asked.push(action)
      return 'answered'
    })
    await create()
    expect(asked).toEqual(calls)
  })

  it.each(moments)(
    'at $call ($at, carried out: $carriedOut) leaves nothing for good, and the rotation goes on hours later',
    async ({ at, carriedOut, minted }) => {
      const rotation = await begun()
      const { secret, current, create } = rotation
      await killed(rotation, { at, carriedOut })
      expect(await idsOf(secret)).toHaveLength(minted ? 2 : 1)
      rig.passes(3 * HOUR_MS)
      if (minted) {
        const [, orphan] = await idsOf(secret)
        await expect(create()).rejects.toMatchObject({ code: 'ORPHAN_KEY', detail: { key: orphan } })
        await untilNothingIsLost(rotation)
        expect(await idsOf(secret)).toEqual([current.accessKeyId])
        expect((await secret.tags()).has(recordTag(orphan ?? ''))).toBe(false)
      }
      expect(await rotation.reclaim()).toBe('nothing')
      const pending = await create()
      expect(await idsOf(secret)).toEqual([current.accessKeyId, pending.accessKeyId])
      await secret.adapter().test(pending, current)
      expect(await secret.works(current)).toBe(true)
    },
  )

  it.each(moments.filter(({ at }) => at < MINTS))(
    'at $call ($at, carried out: $carriedOut) beside somebody’s key mints nothing, and nothing is touched',
    async (moment) => {
      const rotation = await begun()
      const { secret, current, create, reclaim } = rotation
      const foreign = await secret.madeByHand()
      rig.passes(HOUR_MS)
      await killed(rotation, moment)
      rig.passes(3 * HOUR_MS)
      await expect(create()).rejects.toMatchObject({
        code: 'FOREIGN_KEY',
        message: expect.stringContaining(foreign.accessKeyId),
      })
      expect(await reclaim()).toBe('nothing')
      for (const key of [current, foreign]) expect(await secret.works(key)).toBe(true)
    },
  )

  it.each(moments)(
    'at $call ($at, carried out: $carriedOut): a key that an engineer makes an hour later is not touched',
    async ({ at, carriedOut, minted }) => {
      const rotation = await begun()
      const { secret, current, create } = rotation
      await killed(rotation, { at, carriedOut })
      rig.passes(HOUR_MS)
      // There is no room beside a lost one.
      if (minted) await secret.deletedByHand((await idsOf(secret))[1] ?? '')
      const foreign = await secret.madeByHand()
      rig.passes(3 * HOUR_MS)
      await expect(create()).rejects.toEqual(refusal('FOREIGN_KEY'))
      await untilNothingIsLost(rotation)
      for (const key of [current, foreign]) expect(await secret.works(key)).toBe(true)
    },
  )
})

describe('a key that an engineer makes in the very seconds in which one was announced and not minted', () => {
  const mistaken = async () => {
    const rotation = await begun()
    await killed(rotation, { at: MINTS, carriedOut: false })
    const foreign = await rotation.secret.madeByHand()
    rig.passes(3 * HOUR_MS)
    await expect(rotation.create()).rejects.toMatchObject({
      code: 'ORPHAN_KEY',
      message: expect.stringContaining('probably'),
    })
    return { ...rotation, foreign }
  }

  it('is the engineer’s once it was used', async () => {
    const { secret, foreign, reclaim } = await mistaken()
    rig.iam.use(foreign.accessKeyId, { service: 's3', region: 'eu-central-1' })
    expect(await reclaim()).toBe('waiting')
    for (const _ of [1, 2]) {
      rig.passes(25 * HOUR_MS)
      await expect(reclaim()).rejects.toMatchObject({
        code: 'FOREIGN_KEY',
        message: expect.stringContaining('by s3 from eu-central-1'),
      })
    }
    expect(await secret.works(foreign)).toBe(true)
  })

  it('is out of use for a day, and the engineer’s for ever who activates it again', async () => {
    const { secret, foreign, create, reclaim, current } = await mistaken()
    rig.passes(21 * HOUR_MS)
    expect(await reclaim()).toBe('waiting')
    expect(await secret.works(foreign)).toBe(false)
    rig.passes(23 * HOUR_MS)
    expect(await reclaim()).toBe('waiting')
    await rig.activateByHand(foreign)
    rig.passes(48 * HOUR_MS)
    expect(await reclaim()).toBe('nothing')
    await expect(create()).rejects.toEqual(refusal('FOREIGN_KEY'))
    for (const key of [current, foreign]) expect(await secret.works(key)).toBe(true)
  })
})

describe('two deliveries of one step', () => {
  it('mint one key at most, and the other one comes back later', async () => {
    const { secret, create } = await begun()
    const outcomes = await Promise.allSettled([create(), create()])
    const minted = outcomes.filter(({ status }) => status === 'fulfilled')
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(minted).toHaveLength(1)
    expect(refused).toEqual([refusal('LABELS_MOVED')])
    expect(await idsOf(secret)).toHaveLength(2)
  })
})

describe('a key of somebody else', () => {
  it('in the value is neither rotated nor taken for the user’s', async () => {
    const { secret } = await begun()
    const another = await rig.secret()
    const { accessKeyId, secretAccessKey } = another.adapter().parse(another.secretString)
    const current = { ...secret.adapter().parse(secret.secretString), accessKeyId, secretAccessKey }
    for (const asked of [
      secret.adapter().preflight(current),
      secret.adapter().create(current, { versionId: randomUUID() }),
    ])
      await expect(asked).rejects.toMatchObject({
        code: 'TARGET_NOT_ALLOWED',
        message: expect.stringContaining(`user/${another.userName}`),
      })
    expect([await secret.keys(), await another.keys()].map(({ length }) => length)).toEqual([1, 1])
    expect((await secret.tags()).size).toBe(0)
  })

  it('in AWSCURRENT lets nothing be retired', async () => {
    const { secret, current } = await begun()
    const another = await rig.secret()
    const { accessKeyId, secretAccessKey } = another.adapter().parse(another.secretString)
    const by = { current: { ...current, accessKeyId, secretAccessKey }, fence: fence('v1', 'v2') }
    for (const refused of [
      () => secret.retirer().disable(current, { ...by, accepts: () => true, leaked: false }),
      () => secret.retirer().remove(current, by),
      () => secret.retirer().login(by.current),
    ])
      await expect(refused()).rejects.toMatchObject({
        code: 'TARGET_NOT_ALLOWED',
        message: expect.stringContaining(`user/${another.userName}`),
      })
    expect(await secret.works(current)).toBe(true)
  })

  it('with a copy in the value is not rotated', async () => {
    const { secret, current } = await begun()
    const text = JSON.stringify({ ...JSON.parse(secret.secretString), file: current.secretAccessKey })
    const copied = secret.adapter().parse(text)
    for (const asked of [
      secret.adapter().preflight(copied),
      secret.adapter().create(copied, { versionId: randomUUID() }),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'SECRET_INVALID', detail: { field: 'file' } })
    await secret.adapter().test(copied, current)
  })
})

describe('IAM or STS that fail', () => {
  it.each(['failed before', 'lost before', 'refused'] as const)(
    'with calls that are %s say nothing of a key',
    async (fate) => {
      const { secret, current, create } = await begun()
      const pending = await create()
      const errors: OverlapError[] = []
      const tried = async (work: Promise<unknown>) => {
        const error = await work.then(
          () => undefined,
          (thrown) => thrown,
        )
        expect(['IAM_FAILED', 'TIME_UP']).toContain(error?.code)
        errors.push(error)
      }
      rig.sts.decideFates(() => fate)
      try {
        await tried(secret.adapter().preflight(current))
        await tried(secret.adapter().test(pending, current))
        await tried(secret.retirer().login(current))
      } finally {
        rig.sts.decideFates(undefined)
      }
      rig.iam.decideFates(() => fate)
      await tried(secret.retirer().sightings(current, pending))
      await tried(create(randomUUID()))
      rig.iam.decideFates(undefined)
      const told = errors.map((error) => `${error.stack} ${JSON.stringify(error)} ${error.cause}`).join()
      for (const { secretAccessKey } of [current, pending]) expect(told).not.toContain(secretAccessKey)
    },
  )
})

describe('the secret of a key', () => {
  it('stands in no tag, and in nothing that is thrown', async () => {
    const { secret, current, create } = await begun()
    const pending = await create()
    const wrong = { ...pending, secretAccessKey: `${pending.secretAccessKey.slice(1)}0` }
    const thrown: unknown[] = []
    const works: readonly (() => unknown)[] = [
      () => secret.adapter().test(wrong, current),
      () => secret.adapter().preflight(wrong),
      () => secret.adapter().create(current, { versionId: randomUUID() }),
      () => secret.retirer().login(wrong),
      () => secret.adapter().parse(secret.adapter().serialize({ ...wrong, accessKeyId: 'a b' })),
    ]
    for (const work of works)
      await Promise.resolve()
        .then(work)
        .catch((error) => thrown.push(error))
    expect(thrown).toHaveLength(5)
    const all = thrown.map((error) => `${(error as Error).stack} ${JSON.stringify(error)}`)
    const told = [...all, ...(await secret.tags())].join('\n')
    for (const { secretAccessKey } of [current, pending, wrong]) expect(told).not.toContain(secretAccessKey)
    expect([...(await secret.tags()).keys()]).toEqual([INTENT_TAG, recordTag(pending.accessKeyId)])
  })
})

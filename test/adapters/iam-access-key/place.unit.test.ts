import { describe, expect, it } from 'vitest'
import { iamAccessKeyCodec } from '../../../lambdas/adapters/iam-access-key/codec.ts'
import { refuseAnother } from '../../../lambdas/adapters/iam-access-key/identity.ts'
import { INTENT_TAG } from '../../../lambdas/adapters/iam-access-key/intent-tag.ts'
import { recordTag, recordText } from '../../../lambdas/adapters/iam-access-key/record-tag.ts'
import { iamSeen } from '../../../lambdas/adapters/iam-access-key/sights.ts'
import { iamUser, SECRET_ARN, START } from './user.ts'

const CURRENT = 'AKIAIOSFODNN7EXAMPLE'
const VERSION = '5048b5d2-06ac-45cd-bd6e-1d0c3f5d9f10'
const OTHER = '0d1e4f2a-6a57-4cfd-8d02-6b6a8c8b9c11'
const MINTED = 'AKIAMINTED000000001'
const current = iamAccessKeyCodec(new Map()).parse(
  JSON.stringify({ accessKeyId: CURRENT, secretAccessKey: 'CANARY-0', userName: 'deployer', note: 'a' }),
)
const lost = () => {
  throw Object.assign(new Error('socket hang up'), { name: 'Error' })
}

function withCurrent() {
  const all = iamUser()
  all.user.keys.push({ id: CURRENT, active: true, created: START - 1_000_000 })
  const mint = async (versionId = VERSION) =>
    all.place.mint(current, versionId, await all.place.keys(current))
  return { ...all, mint }
}

describe('a key of an IAM user', () => {
  it('is announced, minted, and recorded', async () => {
    const { user, place, mark, mint } = withCurrent()
    const key = await mint()
    expect(key).toEqual({ ...current, accessKeyId: MINTED, secretAccessKey: 'CANARY-1' })
    expect(user.calls.slice(2)).toEqual(['ListUserTags', 'TagUser', 'CreateAccessKey', 'TagUser'])
    expect([...user.tags]).toEqual([
      [INTENT_TAG, `v=1 secret=${mark} version=${VERSION} at=2026-11-26T10:00:00Z ids=${CURRENT}`],
      [recordTag(MINTED), `v=1 secret=${mark} version=${VERSION} state=live since=2026-11-26T10:00:00Z`],
    ])
    expect(JSON.stringify([...user.tags])).not.toContain('CANARY')
    expect(await place.keys(current)).toMatchObject([
      { id: CURRENT, record: undefined, perhapsFor: undefined },
      { id: MINTED, record: { versionId: VERSION, state: 'live', since: START }, active: true },
    ])
  })

  it('whose answer got lost is told of as perhaps that version’s, and one made later as nobody’s', async () => {
    const { user, around, place, mint } = withCurrent()
    around.CreateAccessKey = { after: lost }
    await expect(mint()).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(await place.keys(current)).toMatchObject([
      { id: CURRENT, perhapsFor: undefined },
      { id: MINTED, record: undefined, perhapsFor: { versionId: VERSION } },
    ])
    user.keys.pop()
    user.keys.push({ id: 'AKIABYHAND', active: true, created: START + 31_000 })
    expect(await place.keys(current)).toMatchObject([{}, { id: 'AKIABYHAND', perhapsFor: undefined }])
  })

  it('is not minted again while the answer may still be on its way, whoever was there', async () => {
    const { user, around, mint } = withCurrent()
    around.CreateAccessKey = { before: lost }
    await expect(mint()).rejects.toMatchObject({ code: 'IAM_FAILED' })
    delete around.CreateAccessKey
    user.now += 30_000
    const announced = user.tags.get(INTENT_TAG)
    for (const version of [VERSION, OTHER])
      await expect(mint(version)).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect([user.keys.length, user.tags.get(INTENT_TAG)]).toEqual([1, announced])
    user.now += 1
    expect((await mint(OTHER)).accessKeyId).toBe(MINTED)
  })

  it('is minted right after another one that is on record', async () => {
    const { user, mint } = withCurrent()
    await mint()
    user.keys.shift()
    expect((await mint(OTHER)).accessKeyId).not.toBe(MINTED)
  })

  it('is not minted where its announcement fails', async () => {
    const { user, around, mint } = withCurrent()
    around.TagUser = { after: lost }
    await expect(mint()).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(user.calls).not.toContain('CreateAccessKey')
  })

  it('is announced anew when that took long, so that the time of the announcement is its own', async () => {
    const { user, around, place, mint } = withCurrent()
    let slow = 1
    around.TagUser = {
      after() {
        if (slow > 0) user.now += 40_000
        slow -= 1
      },
    }
    around.CreateAccessKey = { after: lost }
    await expect(mint()).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(user.calls.filter((call) => call === 'TagUser')).toHaveLength(2)
    expect(await place.keys(current)).toMatchObject([{}, { perhapsFor: { versionId: VERSION } }])
  })

  it('is not minted when every announcement takes long', async () => {
    const { user, around, mint } = withCurrent()
    around.TagUser = {
      after() {
        user.now += 5_001
      },
    }
    await expect(mint()).rejects.toMatchObject({ code: 'TIME_UP' })
    expect(user.calls).not.toContain('CreateAccessKey')
  })

  it('is given to whoever stores it although it could not be recorded', async () => {
    const { around, place, mint } = withCurrent()
    let first = true
    around.TagUser = {
      before() {
        if (!first) lost()
        first = false
      },
    }
    expect((await mint()).accessKeyId).toBe(MINTED)
    expect(await place.keys(current)).toMatchObject([{}, { perhapsFor: { versionId: VERSION } }])
  })

  it('has no room beside two, which another delivery may have taken', async () => {
    const { user, place } = withCurrent()
    const present = await place.keys(current)
    user.keys.push({ id: 'AKIABYHAND', active: true, created: START })
    await expect(place.mint(current, VERSION, present)).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(user.keys.map(({ id }) => id)).toEqual([CURRENT, 'AKIABYHAND'])
  })

  it.each([
    [47, true],
    [48, false],
  ])(
    'of a user with %i tags is minted: %s, since what is known of it has to have room',
    async (count, isMinted) => {
      const { user, mint } = withCurrent()
      for (let tag = 0; tag < count; tag += 1) user.tags.set(`team-${tag}`, 'x')
      if (isMinted) return void (await mint())
      await expect(mint()).rejects.toMatchObject({
        code: 'TARGET_UNSUITABLE',
        message: expect.stringContaining('deployer'),
      })
      expect(user.calls).not.toContain('CreateAccessKey')
    },
  )

  it('that has no room for a record is refused with what to do', async () => {
    const { user, place } = withCurrent()
    for (let tag = 0; tag < 50; tag += 1) user.tags.set(`team-${tag}`, 'x')
    const record = { versionId: VERSION, state: 'disabling', since: START } as const
    await expect(place.record(current, CURRENT, record)).rejects.toMatchObject({ code: 'TARGET_UNSUITABLE' })
  })

  it('goes out of use and comes back', async () => {
    const { user, place } = withCurrent()
    await place.deactivate(current, CURRENT)
    expect(user.keys).toMatchObject([{ active: false }])
    await place.activate(current, CURRENT)
    expect(user.keys).toMatchObject([{ active: true }])
  })

  it('is removed with what was on record of it and of those that are gone for long, again and again', async () => {
    const { user, place, mark, mint } = withCurrent()
    await mint()
    const record = { versionId: OTHER, state: 'live', since: START - 7_200_000 } as const
    const gone = recordTag('AKIALONGGONE')
    user.tags.set(gone, recordText(mark, record)).set('team', 'robots')
    const fresh = recordTag('AKIALISTEDSOON')
    user.tags.set(fresh, recordText(mark, { ...record, since: START }))
    for (const _ of [1, 2]) await place.remove(current, MINTED)
    expect(user.keys.map(({ id }) => id)).toEqual([CURRENT])
    expect([...user.tags.keys()]).toEqual([INTENT_TAG, 'team', fresh])
  })

  it.each([
    ['without the witness says of no other that it is gone', 'AKIANOTLISTED', true],
    ['with the witness says so', CURRENT, false],
  ])('is removed with its record, and a list %s', async (_what, witness, isLeft) => {
    const { user, place, mark, mint } = withCurrent()
    await mint()
    const record = { versionId: OTHER, state: 'live', since: START - 7_200_000 } as const
    user.tags.set(recordTag('AKIALONGGONE'), recordText(mark, record))
    await place.remove(current, MINTED, witness)
    expect(user.tags.has(recordTag(MINTED))).toBe(false)
    expect(user.tags.has(recordTag('AKIALONGGONE'))).toBe(isLeft)
  })

  it('stays on record when it cannot be removed', async () => {
    const { user, around, place, mint } = withCurrent()
    await mint()
    around.DeleteAccessKey = { before: lost }
    await expect(place.remove(current, MINTED)).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(user.tags.has(recordTag(MINTED))).toBe(true)
  })

  it('is forgotten with all that this secret wrote; the user’s own tags and another secret’s stay', async () => {
    const { user, place, mint } = withCurrent()
    await mint()
    const record = { versionId: OTHER, state: 'live', since: START } as const
    user.tags.set('team', 'robots').set(recordTag('AKIAANOTHERS'), recordText('0123456789abcdef', record))
    for (const _ of [1, 2]) await place.forget(current)
    expect([...user.tags.keys()]).toEqual(['team', recordTag('AKIAANOTHERS')])
    expect(user.keys).toHaveLength(2)
  })

  it.each([
    ['to the second, as it is', '10:00:07', '10:00:07.000'],
    ['to the minute, as at its end: it may be any in it', '10:00:00', '10:00:59.999'],
  ])('was last used at a moment that IAM tells %s', async (_how, told, at) => {
    const sights = {
      keys: async () => [],
      tags: async () => new Map(),
      lastUsed: async () => ({ at: Date.parse(`2026-11-26T${told}Z`), by: 's3', from: 'eu-central-1' }),
    }
    const caller = () => Promise.reject(new Error('nobody was to be asked'))
    const place = iamSeen({ mark: 'm', endpoint: 'iam.test:443', sights, caller })
    expect(await place.lastUse(current, CURRENT)).toEqual({
      known: 'used',
      at: Date.parse(`2026-11-26T${at}Z`),
      by: 's3',
      from: 'eu-central-1',
    })
  })

  it('is listed before its tags are, so that one that is recorded meanwhile is not taken for nobody’s', async () => {
    const { user, around, place, mark } = withCurrent()
    around.ListAccessKeys = {
      after() {
        user.keys.push({ id: MINTED, active: true, created: START })
        user.tags.set(
          recordTag(MINTED),
          recordText(mark, { versionId: VERSION, state: 'live', since: START }),
        )
      },
    }
    expect((await place.keys(current)).map(({ id }) => id)).toEqual([CURRENT])
  })
})

describe('whose a key is', () => {
  it.each([
    ['arn:aws:iam::111122223333:user/deployer', true],
    ['arn:aws:iam::111122223333:user/robots/of/deployer', true],
    ['arn:aws-cn:iam::111122223333:user/deployer', true],
    ['arn:aws:iam::111122223333:user/robot', false],
    ['arn:aws:iam::111122223333:user/deployer/robot', false],
    ['arn:aws:iam::111122223333:user/Deployer', false],
    ['arn:aws:iam::444455556666:user/deployer', false],
    ['arn:aws:iam::111122223333:root', false],
    ['arn:aws:sts::111122223333:assumed-role/deployer/deployer', false],
  ])('as %s is the secret’s: %s', (as, isOurs) => {
    const look = () => refuseAnother(SECRET_ARN, as, current)
    if (isOurs) return look()
    expect(look).toThrow(
      expect.objectContaining({ code: 'TARGET_NOT_ALLOWED', message: expect.stringContaining(as) }),
    )
  })
})

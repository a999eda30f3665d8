import { describe, expect, it } from 'vitest'
import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import { leaked } from '../../lambdas/operate/leaked.ts'
import { leave } from '../../lambdas/operate/leave.ts'
import { repair } from '../../lambdas/operate/repair.ts'
import { retireDespite } from '../../lambdas/operate/retire-despite.ts'
import { status } from '../../lambdas/operate/status.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Drain, stateOf } from '../../lambdas/sweep/state.ts'
import type { Retire } from '../../lambdas/sweep/visiting.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { draining, NOW, OLD, REPLACED } from './draining.ts'
import { HOUR_MS } from './operating.ts'

/* OLD's key was replaced 9 hours ago, and drains for 6: 2, and 4 that a use may be told late. */

const HOURS = 9
const iso = (hours: number) => new Date(REPLACED + hours * HOUR_MS).toISOString()
/** `hours` after it was replaced. */
const lastUsed = (hours: number): Sighting => ({
  endpoint: 'iam.amazonaws.com:443',
  application: 's3',
  address: 'eu-central-1',
  since: iso(hours),
  lastUsed: iso(hours),
})
const target = { secret: 'app/db' }
const WHO = 's3@eu-central-1'

/** Whose target tells thus. */
function key(
  tells: readonly Sighting[] | OverlapError,
  tags = {},
  { drain = {}, works }: { readonly drain?: Partial<Drain>; readonly works?: true } = {},
) {
  const world = draining({ 'overlap:kind': 'iam-access-key', 'overlap:lag': '4h', ...tags }, drain)
  world.clock.now = REPLACED + HOURS * HOUR_MS
  const { operating, subject } = world.by()
  const asked: Parameters<Retire>[0][] = []
  const retire: Retire = async (request) => {
    asked.push(request)
    if (request.action !== 'inspect') return { outcome: 'disabled', ...(works ? { works } : {}) }
    if (tells instanceof OverlapError) throw tells
    const endpoints = ['iam.amazonaws.com:443']
    return {
      outcome: 'inspected',
      sightings: tells,
      endpoints,
      asleep: false,
      witness: undefined,
      principal: 'AKIA1',
    }
  }
  const functions = { ...subject.functions, retire }
  const { journal, now } = operating
  const loginLog = () => ({ read: () => Promise.reject(new Error('there is no log of logins')) })
  const watching = watcher({ journal, loginLog, sampleEveryMs: 900_000, now })
  return {
    ...world,
    operating: { ...operating, watcher: watching },
    subject: { ...subject, functions },
    asked,
  }
}

describe('status of a key', () => {
  it('says when it was last used, by what, and for how long it drains and why', async () => {
    const { operating, subject } = key([])
    for (const hours of [2, 3, 4])
      await operating.journal.append({
        ...{ v: 1, secret: SECRET_ARN, version: OLD, at: iso(hours), event: 'sample' },
        sightings: [lastUsed(1)],
      })
    const entry = await status(operating, subject, { action: 'status', target } as never)
    expect(entry.information).toEqual(
      expect.arrayContaining([
        `last used at 2026-11-25T01:00:00Z by ${WHO}, as iam.amazonaws.com:443 tells`,
        'it drains for 6h: 2h, and the 4h that a use may be told late',
      ]),
    )
    expect(entry.standing?.lastSighting).toEqual({ ...lastUsed(1), seen: iso(1) })
  })

  it('claims no use in this drain of one that was before it', async () => {
    const { operating, subject } = key([])
    await operating.journal.append({
      ...{ v: 1, secret: SECRET_ARN, version: OLD, at: iso(2), event: 'sample' },
      sightings: [lastUsed(-1)],
    })
    const entry = await status(operating, subject, { action: 'status', target } as never)
    expect(entry.information).toContain('no use of it is on record in this drain')
    expect(entry.standing).not.toHaveProperty('lastSighting')
  })

  it('says of one that works until it is deleted that it does, and when that is', async () => {
    const drain = { off: REPLACED + 7 * HOUR_MS, works: true } as const
    const { operating, subject } = key([], { 'overlap:quarantine': '48h' }, { drain })
    await operating.journal.append({
      ...{ v: 1, secret: SECRET_ARN, version: OLD, at: iso(7), event: 'disabled', by: 'sweep', works: true },
      proof: { rung: 'd', from: iso(1), until: iso(7), samples: 0, gaps: [], consumers: [], missing: [] },
    })
    const entry = await status(operating, subject, { action: 'status', target } as never)
    const said = [entry.headline, ...(entry.information ?? [])].join('; ')
    expect(said).toContain(
      'still valid and was found unused at 2026-11-25T07:00:00Z, deleted at 2026-11-27T07:00:00Z at the earliest',
    )
    expect(said).toContain('left valid until it is deleted')
    expect(said).not.toMatch(/does not work|is disabled|was disabled|put back|go back/)
  })

  it('says nothing of a lag where there is none, or where it leaked', async () => {
    for (const tags of [{ 'overlap:kind': 'postgres', 'overlap:lag': '0s' }, { 'overlap:leaked': OLD }]) {
      const { operating, subject } = key([], tags)
      const entry = await status(operating, subject, { action: 'status', target } as never)
      expect(entry.standing?.drain).not.toHaveProperty('told')
      expect(`${entry.information}`).not.toContain('told late')
    }
  })
})

describe('retire despite a last use', () => {
  const asking = (...despite: string[]) =>
    ({ action: 'retire', target, despite, reason: 'an old script', by: 'ann@desk' }) as const

  it('names it, with its moment', async () => {
    const { operating, subject } = key([lastUsed(5)])
    expect(await retireDespite(operating, subject, asking())).toMatchObject({
      outcome: 'blocked',
      code: 'STILL_USED',
      information: [
        `used by ${WHO}: last used at ${iso(5)}, as iam.amazonaws.com:443 tells`,
        expect.anything(),
      ],
      run: expect.stringContaining(`--despite=${WHO}`),
    })
  })

  it('disables it for whoever accepts that, and speaks of no sessions', async () => {
    const { operating, subject, asked } = key([lastUsed(5)])
    const entry = await retireDespite(operating, subject, asking(WHO))
    expect(entry.outcome).toBe('disabled')
    expect(entry.information?.[0]).toContain(`${WHO}, which used it, is refused`)
    expect(asked.at(-1)).toMatchObject({ action: 'disable', despite: [WHO] })
  })

  it('says that it works until it is deleted where its target cannot disable', async () => {
    const { operating, subject, secret, clock, records } = key([lastUsed(5)], {}, { works: true })
    const entry = await retireDespite(operating, subject, asking(WHO))
    expect(entry.information?.[0]).toMatch(/works until then.*may use it until its quarantine ends/)
    expect(stateOf(secret.describe(), clock.now).drain).toMatchObject({ off: clock.now, works: true })
    expect(records.at(-1)).toMatchObject({ event: 'disabled', works: true })
    const again = await retireDespite(operating, { ...subject, secret: secret.describe() }, asking(WHO))
    expect(again.information?.[0]).toMatch(/was found unused already.*works until it is deleted/)
  })

  it.each([
    { what: 'before it was replaced', hours: -1 },
    { what: 'before its quiet time', hours: HOURS - 6 },
  ])('has nothing to accept where it was $what', async ({ hours }) => {
    const { operating, subject, asked } = key([lastUsed(hours)])
    expect(await retireDespite(operating, subject, asking(WHO))).toMatchObject({ outcome: 'draining' })
    expect(asked.map(({ action }) => action)).toEqual(['inspect'])
  })

  it('waits for drain and lag together', async () => {
    const { operating, subject, clock } = key([])
    clock.now = REPLACED + 6 * HOUR_MS - 1
    expect(await retireDespite(operating, subject, asking())).toMatchObject({
      outcome: 'blocked',
      code: 'DRAIN_IN_PROGRESS',
    })
  })

  it('says what is known of it where the policy asks for more', async () => {
    const { operating, subject } = key([], { 'overlap:evidence': 'logged' })
    expect(await retireDespite(operating, subject, asking())).toMatchObject({
      code: 'EVIDENCE_LACKING',
      message: expect.stringContaining('tells of the last use alone, as much as 4h late'),
    })
  })

  it('says so where its target tells of no uses', async () => {
    const { operating, subject } = key(new OverlapError('LAST_USE_UNKNOWN', 'it does not tell'))
    await expect(retireDespite(operating, subject, asking())).rejects.toMatchObject({
      code: 'LAST_USE_UNKNOWN',
    })
  })
})

describe('what else people ask of a key', () => {
  it('is answered at once where it is to be repaired, and nobody is asked to confirm it', async () => {
    const { operating, subject } = key([])
    for (const confirm of [undefined, NOW])
      await expect(
        repair(operating, subject, { action: 'repair', target, confirm, by: 'ann@desk' }),
      ).rejects.toMatchObject({
        code: 'NO_WAY_BACK',
        message: expect.stringMatching(/cannot be made again.*make another key by hand/),
      })
  })

  it('tells by its last use who breaks when it leaked', async () => {
    const { operating, subject } = key([lastUsed(5)])
    const entry = await leaked(operating, subject, {
      ...{
        action: 'leaked',
        target,
        version: undefined,
        confirm: undefined,
        reason: 'in a log',
        by: 'ann@desk',
      },
    })
    expect(entry.information).toContain(
      `version ${OLD} was last used at ${iso(5)} by ${WHO}, as iam.amazonaws.com:443 tells`,
    )
  })

  it('says how to leave without a word of a partner', async () => {
    const { operating, subject } = key([])
    const refused = await leave(operating, subject).catch((error) => error)
    expect(refused).toMatchObject({ code: 'LEAVE_TOO_SOON' })
    expect(refused.message).toMatch(
      /1\. wait until the sweep has retired it and the label is gone; 2\. leave again$/,
    )
  })
})

import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { Application, HOUR_MS, live, livedUntil, MINUTE_MS, unreachable } from './application.ts'

/* Whoever still uses what was replaced, be it for a moment, and what is done when nobody can tell whether somebody does. */

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const LOGS = 'logs:/aws/rds/instance/shop/postgresql logs:/aws/rds/instance/shop-replica/postgresql'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/lives.config.ts' })
})

afterAll(() => sandbox.stop())

describe('a consumer that connects for a moment once an hour', () => {
  it('is never refused where logins are logged: the drain does not end, and whoever it is has a name', async () => {
    const app = await Application.add(sandbox, 'hourly', { 'login-log': LOGS, drain: '2h' })
    const { old } = await app.rotate()
    for (let hour = 0; hour < 11; hour++) {
      await live(sandbox, HOUR_MS)
      const session = await app.connect(old, 'hourly-report')
      await session.end()
    }
    expect(await app.fate(old.versionId)).toEqual([])
    const status = await app.status()
    expect(status).toContain('stuck, STILL_USED')
    expect(status).toContain('hourly-report')
    const ticket = await app.told('TICKET')
    expect(ticket).toContain('STILL_USED')
    expect(ticket).toContain('hourly-report')
    expect(ticket).toContain('--despite=')

    // It reads the secret anew.
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
    const proofs = (await app.journal(old.versionId)).flatMap((record) =>
      'proof' in record && record.proof ? [record.proof.rung] : [],
    )
    expect(proofs).toEqual(['a', 'a'])
  })

  it('is refused where nothing logs its logins, and the proof claims no more than the clock', async () => {
    const app = await Application.add(sandbox, 'unlogged')
    const { old, current } = await app.rotate()
    let refused = 0
    const come = async () => {
      const session = await app.connect(old, 'hourly-report').catch(() => undefined)
      if (session === undefined) refused += 1
      await session?.end()
    }
    for (let hour = 0; hour < 4; hour++) {
      await live(sandbox, HOUR_MS)
      await come()
    }
    expect(refused).toBeGreaterThan(0)
    expect(await app.isRetired()).toBe(true)
    expect(await app.login(current)).toBe('accepted')
    const records = await app.journal(old.versionId)
    const proofs = records.flatMap((record) => ('proof' in record && record.proof ? [record.proof] : []))
    expect(proofs.map(({ rung }) => rung)).toEqual(['d', 'd'])
    expect(proofs.at(-1)?.missing).toEqual(
      expect.arrayContaining([expect.stringContaining('no log of logins')]),
    )
    expect(await app.status()).toContain('on the word of the clock alone')
  })

  it('is helped at once when it is refused in a quarantine whose logins are logged, and somebody is woken up', async () => {
    const app = await Application.add(sandbox, 'monthly', { 'login-log': LOGS, quarantine: '6h' })
    const { old } = await app.rotate()
    await livedUntil(sandbox, 'its being disabled', async () => (await app.tag('state')).includes(' off='))
    expect(await app.login(old)).toBe('28P01')

    await live(sandbox, 15 * MINUTE_MS)
    expect(await app.login(old)).toBe('accepted')
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'enabled'])
    const page = await app.told('PAGE')
    expect(page).toContain('USED_WHILE_DISABLED')
    // The login that was accepted is a use, too.
    await live(sandbox, HOUR_MS / 2)
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'enabled'])
    await livedUntil(sandbox, 'its retirement', () => app.isRetired(), 12 * HOUR_MS)
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'enabled', 'disabled', 'removed'])
  })
})

describe('a pooled session on the replica', () => {
  it('keeps what it uses valid, and its end lets it go', async () => {
    const app = await Application.add(sandbox, 'pooled')
    const { old } = await app.rotate()
    const session = await app.connect(old, 'pool-7', 'replica')
    await live(sandbox, 3 * HOUR_MS, HOUR_MS / 2)

    expect(await session.query('SELECT 1')).toMatchObject({ rowCount: 1 })
    expect(await app.fate(old.versionId)).toEqual([])
    const status = await app.status()
    expect(status).toMatch(/last seen in use at .+ by pool-7/)
    expect(status).toContain(String(sandbox.postgres.replica?.port))
    const blocked = await app.ask('operate', 'retire')
    expect(blocked).toMatchObject({ outcome: 'blocked', code: 'STILL_USED' })
    expect(blocked.run).toContain('pool-7')

    await session.end()
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'removed'])
  })

  it('is ended with the use of the credential when a person accepts it by name', async () => {
    const app = await Application.add(sandbox, 'accepted')
    const { old } = await app.rotate()
    const session = await app.connect(old, 'forgotten', 'replica')
    await live(sandbox, 2 * HOUR_MS, HOUR_MS / 2)
    const ended = new Promise<void>((resolve) => session.on('end', () => resolve()))
    const { run = '' } = await app.ask('operate', 'retire')
    const [, name = ''] = /--despite=(\S+)/.exec(run.replaceAll("'", '')) ?? []
    expect(name).toContain('forgotten')

    const done = await app.ask('operate', 'retire', { despite: [name], reason: 'its machine is gone' })
    expect(done.outcome).toBe('disabled')
    await ended
    expect(await app.hasPassword(old.username)).toBe(false)
    await livedUntil(sandbox, 'the end of its quarantine', () => app.isRetired())
    expect(await app.fate(old.versionId)).toEqual(['accepted', 'disabled', 'removed'])
    const rungs = (await app.journal(old.versionId)).flatMap((record) =>
      'proof' in record && record.proof ? [record.proof.rung] : [],
    )
    expect(rungs).toEqual(['accepted', 'accepted'])
  })
})

describe('what nobody can tell', () => {
  it('is no proof: with a journal that is out of reach nothing is disabled, and people are told', async () => {
    const app = await Application.add(sandbox, 'unwritten')
    const { old } = await app.rotate()
    const mend = unreachable(sandbox, 'overlap-sweep', () => ({
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:9',
    }))
    onTestFinished(mend)
    await live(sandbox, 3 * HOUR_MS, HOUR_MS)
    expect(await app.hasPassword(old.username)).toBe(true)
    const ticket = await app.told('TICKET')
    expect(ticket).toContain('JOURNAL_FAILED')

    mend()
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
  })

  it('is no proof: with a journal that cannot be read nothing is disabled', async () => {
    const app = await Application.add(sandbox, 'unread')
    const { old } = await app.rotate()
    sandbox.cloudwatch.throttle('FilterLogEvents', 1)
    await live(sandbox, 3 * HOUR_MS, HOUR_MS)
    sandbox.cloudwatch.throttle('FilterLogEvents', undefined)
    expect(await app.fate(old.versionId)).toEqual([])
    expect(await app.hasPassword(old.username)).toBe(true)
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
  })

  it('is no proof: with an endpoint that does not answer nothing is disabled, and people are told', async () => {
    const app = await Application.add(sandbox, 'unreachable')
    const { old } = await app.rotate()
    const { port } = sandbox.postgres.replica ?? sandbox.postgres
    const elsewhere = (variables: Readonly<Record<string, string>>) => ({
      OVERLAP_POSTGRES_ENDPOINTS: String(variables.OVERLAP_POSTGRES_ENDPOINTS).replaceAll(`:${port}`, ':9'),
    })
    const mend = unreachable(sandbox, 'overlap-retire-postgres-loopback', elsewhere, 5)
    onTestFinished(mend)
    await live(sandbox, 3 * HOUR_MS, HOUR_MS)
    expect(await app.fate(old.versionId)).toEqual([])
    expect(await app.hasPassword(old.username)).toBe(true)
    const ticket = await app.told('TICKET')
    expect(ticket).toContain('UNREACHABLE')

    mend()
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
  })
})

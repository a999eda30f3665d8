import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Credential } from '../../sandbox/demo/secret-reader.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { Application, HOUR_MS, live, livedUntil, MINUTE_MS } from './application.ts'
import { eventually } from './program.ts'

/* A credential that got into wrong hands, and a server that was restored from an older copy. */

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/lives.config.ts', retryDelaysMs: [1_000] })
})

afterAll(() => sandbox.stop())

const REASON = { reason: 'it was in a log' }

/** A person is shown what would break, and confirms that. */
async function leaks(app: Application) {
  const shown = await app.ask('revoke', 'leaked', REASON)
  expect(shown).toMatchObject({ outcome: 'unconfirmed', code: 'NOT_CONFIRMED' })
  const { confirm } = shown
  return { shown, done: await app.ask('revoke', 'leaked', { ...REASON, confirm }) }
}

async function replaced(app: Application, before: Credential): Promise<Credential> {
  await sandbox.secretsManager.idle(app.secretId)
  return eventually('another version', async () => {
    const found = await app.read()
    return found.versionId !== before.versionId && found
  })
}

describe('a credential that leaked while the one before it still drains', () => {
  it('is replaced at once, works for ten minutes more, and for nobody ever again', async () => {
    const app = await Application.add(sandbox, 'leaky')
    const { old, current: leaked } = await app.rotate()
    const session = await app.connect(old, 'reports')

    const { shown, done } = await leaks(app)
    expect(shown.information?.join('\n')).toContain('reports')
    expect(done.outcome).toBe('leaked')
    const current = await replaced(app, leaked)
    // Its replacement took the place of what drained, whoever used that.
    expect(current.username).toBe(old.username)
    await expect(session.query('SELECT 1')).rejects.toThrow()
    expect(await app.login(old)).toBe('28P01')
    expect([await app.login(leaked), await app.login(current)]).toEqual(['accepted', 'accepted'])

    await live(sandbox, 15 * MINUTE_MS, 5 * MINUTE_MS)
    expect(await app.hasPassword(leaked.username)).toBe(false)
    expect(await app.login(leaked)).toBe('28P01')
    expect(await app.isRetired()).toBe(true)
    const rungs = (await app.journal(leaked.versionId)).flatMap((record) =>
      'proof' in record && record.proof ? [record.proof.rung] : [],
    )
    expect(await app.fate(leaked.versionId)).toEqual(['leaked', 'disabled', 'removed'])
    expect(rungs).toEqual(['leaked', 'leaked'])

    // Nor by the command that goes back, which says why.
    const back = { ...REASON, to: leaked.versionId }
    expect(await app.ask('operate', 'rollback', back)).toMatchObject({ outcome: 'failed', code: 'LEAKED' })
    expect((await app.read()).versionId).toBe(current.versionId)

    // Somebody makes it AWSCURRENT all the same: the page has the way out of that.
    await app.promote(leaked.versionId)
    await sandbox.settled()
    const page = await app.told('PAGE')
    expect(page).toContain('LEAKED')
    expect(page).toContain(`--move-to-version-id ${current.versionId}`)
    await live(sandbox, HOUR_MS, HOUR_MS / 2)
    expect(await app.login(leaked)).toBe('28P01')
    expect(await app.status()).not.toContain('still works')

    await app.promote(current.versionId)
    await live(sandbox, HOUR_MS, HOUR_MS / 2)
    expect([await app.login(current), await app.login(leaked)]).toEqual(['accepted', '28P01'])
  })

  it('is gone in time although the secret is on hold and only observed', async () => {
    const app = await Application.add(sandbox, 'held', { mode: 'observe' })
    const leaked = await app.read()
    const until = new Date(sandbox.clock.now() + 48 * HOUR_MS).toISOString()
    await app.ask('operate', 'hold', { until, reason: 'stocktaking' })
    await leaks(app)
    const current = await replaced(app, leaked)
    await live(sandbox, 20 * MINUTE_MS, 5 * MINUTE_MS)
    expect(await app.hasPassword(leaked.username)).toBe(false)
    expect(await app.login(current)).toBe('accepted')
    expect(await app.isRetired()).toBe(true)
  })

  it('that nobody could be asked to replace is replaced by the sweep', async () => {
    const app = await Application.add(sandbox, 'tagged')
    const leaked = await app.read()
    // As whoever marked it and died.
    await app.setTag('leaked', leaked.versionId)
    await live(sandbox, 5 * MINUTE_MS, 5 * MINUTE_MS)
    const current = await replaced(app, leaked)
    await live(sandbox, 20 * MINUTE_MS, 5 * MINUTE_MS)
    expect(await app.login(leaked)).toBe('28P01')
    expect(await app.login(current)).toBe('accepted')
  })
})

describe('a server that is restored from a copy of the day before', () => {
  it('has the password of AWSCURRENT applied again when a person confirms that, and rotates as ever', async () => {
    const app = await Application.add(sandbox, 'restored')
    await app.rotate()
    await livedUntil(sandbox, 'the end of the first life', () => app.isRetired())
    const restore = await copyOf(app)
    const { old, current } = await app.rotate()
    await livedUntil(sandbox, 'the end of the second life', () => app.isRetired())
    await restore()
    expect(await app.login(current)).toBe('28P01')

    const shown = await app.ask('operate', 'repair')
    expect(shown).toMatchObject({ outcome: 'unconfirmed', confirm: current.versionId })
    expect(await app.login(current)).toBe('28P01')

    const done = await app.ask('operate', 'repair', { confirm: shown.confirm })
    expect(done.outcome).toBe('repaired')
    expect([await app.login(current), await app.login(current, 'replica')]).toEqual(['accepted', 'accepted'])
    expect(await app.fate(current.versionId)).toEqual(['repaired'])
    // The copy had the version before as the one that is in use.
    expect(await app.login(old)).toBe('accepted')

    await app.askForRotation()
    await sandbox.settled()
    await livedUntil(sandbox, 'the next version', async () => {
      return (await app.read()).versionId !== current.versionId
    })
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
    const next = await app.read()
    expect([await app.login(next), await app.login(current), await app.login(old)]).toEqual([
      'accepted',
      '28P01',
      '28P01',
    ])
  })
})

/** What a copy of the server holds of the pair: passwords, and what is on record of them. Returns what puts it back. */
async function copyOf({ username }: Application): Promise<() => Promise<void>> {
  const { query } = sandbox.postgres
  const roles = await query<{ name: string; password: string | null; comment: string | null }>(
    `SELECT rolname AS name, rolpassword AS password, shobj_description(oid, 'pg_authid') AS comment
     FROM pg_authid WHERE rolname IN ($1::text, $1 || '_b')`,
    [username],
  )
  expect(roles).toHaveLength(2)
  return async () => {
    for (const { name, password, comment } of roles) {
      const literal = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`)
      await query(`ALTER ROLE ${name} PASSWORD ${literal(password)}`)
      await query(`COMMENT ON ROLE ${name} IS ${literal(comment)}`)
    }
    await sandbox.postgres.replica?.caughtUp()
  }
}

import { describe, expect, it } from 'vitest'
import type { CredentialAdapter } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { repair } from '../../lambdas/rotation/repair.ts'
import { directly } from '../fakes/process.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

type Adapter = CredentialAdapter<Credential>

/** The server was restored from a copy that is older than AWSCURRENT. */
function restored() {
  const all = draining()
  all.target.setPassword('b', 'from the snapshot')
  const adapter = all.target.adapterFor(directly)
  const run = (used: { store?: typeof all.store; adapter?: Adapter } = {}) =>
    repair({ store: used.store ?? all.store, adapterFor: () => used.adapter ?? adapter }, SECRET_ARN)
  return { ...all, adapter, run }
}

describe('a repair', () => {
  it('applies the value of AWSCURRENT again, and once it works writes nothing', async () => {
    const { run, target, oldWorks } = restored()
    expect(await run()).toEqual({ outcome: 'repaired', versionId: NOW })
    expect(await run()).toEqual({ outcome: 'works', versionId: NOW })
    expect([target.works(JSON.parse(value('b', 'two'))), oldWorks()]).toEqual([true, true])
  })

  it.each([
    { what: 'AWSCURRENT moves', code: 'LABELS_MOVED' },
    { what: 'it is told to have leaked', code: 'LEAKED' },
  ])('writes nothing when $what while it waits for the lock', async ({ what, code }) => {
    const { run, adapter, secret, target } = restored()
    const late: Adapter = {
      ...adapter,
      repair: async (current, fence) => {
        if (what.startsWith('AWSCURRENT')) secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
        else secret.tag(LEAKED_TAG, NOW)
        return adapter.repair?.(current, fence) ?? 'works'
      },
    }
    await expect(run({ adapter: late })).rejects.toMatchObject({ code })
    expect(target.slot('b').password).toBe('from the snapshot')
  })

  it('does not make valid what leaked', async () => {
    const { run, adapter, secret, target } = restored()
    secret.tag(LEAKED_TAG, NOW)
    const untouched: Adapter = { ...adapter, repair: () => Promise.reject(new Error('it was asked')) }
    await expect(run({ adapter: untouched })).rejects.toMatchObject({ code: 'LEAKED' })
    await expect(run()).rejects.toMatchObject({ code: 'LEAKED' })
    expect(target.slot('b').password).toBe('from the snapshot')
  })

  it.each([
    { what: 'is to be deleted', different: { deleted: true }, code: 'SECRET_DELETED' },
    { what: 'is another service’s', different: { owningService: 'rds' }, code: 'MANAGED_SECRET' },
    { what: 'has no AWSCURRENT', different: { versions: new Map() }, code: 'NO_CURRENT_VERSION' },
  ])('is refused when the secret $what', async ({ different, code }) => {
    const { run, store } = restored()
    const describe = async () => ({ ...(await store.describe(SECRET_ARN)), ...different })
    await expect(run({ store: { ...store, describe } })).rejects.toMatchObject({ code })
  })

  it('is refused when AWSCURRENT has no value', async () => {
    const { run, store } = restored()
    const empty = { ...store, read: async () => undefined }
    await expect(run({ store: empty })).rejects.toMatchObject({ code: 'NO_CURRENT_VERSION' })
  })

  it('is refused for a kind that nobody but its user can change', async () => {
    const { run, adapter } = restored()
    const { repair: _, ...without } = adapter
    await expect(run({ adapter: without })).rejects.toMatchObject({ code: 'NO_WAY_BACK' })
  })

  it('is refused for a key, which nobody can make again, and says what helps', async () => {
    const { run, adapter, secret } = restored()
    secret.tag('overlap:kind', 'iam-access-key')
    const { repair: _, ...without } = adapter
    const refused = await run({ adapter: without }).catch((error) => error)
    expect(refused).toMatchObject({ code: 'NO_WAY_BACK' })
    expect(refused.message).toMatch(/cannot be made again.*rotate.*store that as a new version/)
    expect(refused.message).not.toContain('password')
  })

  it('that fails says why', async () => {
    const { run, adapter } = restored()
    const silent = new OverlapError('UNREACHABLE', 'db:5432 is silent')
    await expect(run({ adapter: { ...adapter, repair: () => Promise.reject(silent) } })).rejects.toBe(silent)
  })
})

import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { Application, HOUR_MS, live, livedUntil, MINUTE_MS } from './application.ts'
import { eventually } from './program.ts'

/*
 * People who move labels, store values and go back while a version drains, is disabled, or is gone. Whatever they do, AWSCURRENT works for whoever reads it, or
 * somebody is woken up who can see why not.
 */

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/lives.config.ts', retryDelaysMs: [1_000] })
})

afterAll(() => sandbox.stop())

const phases = ['draining', 'disabled', 'removed'] as const
type Phase = (typeof phases)[number]

/** Lives until what was replaced is there. */
async function until(app: Application, phase: Phase): Promise<void> {
  if (phase === 'draining') return live(sandbox, 15 * MINUTE_MS)
  if (phase === 'disabled')
    await livedUntil(sandbox, 'its being disabled', async () => (await app.tag('state')).includes(' off='))
  else await livedUntil(sandbox, 'its being removed', () => app.isRetired())
}

/** Another rotation, which waits for whatever is still valid, and the retirement of what it replaces: nothing of what went before is in the way. */
async function goesOn(app: Application): Promise<void> {
  await livedUntil(sandbox, 'the end of the drain before', () => app.isRetired())
  const old = await app.read()
  await app.askForRotation()
  await sandbox.settled()
  const isNew = async () => (await app.read()).versionId !== old.versionId
  await livedUntil(sandbox, 'the next version', isNew)
  await currentWorks(app)
  await livedUntil(sandbox, 'the retirement of the one before', async () => {
    return (await app.isRetired()) && !(await app.hasPassword(old.username))
  })
  await currentWorks(app)
}

/** Whoever reads AWSCURRENT can log in, at once or after a moment. */
async function currentWorks(app: Application): Promise<void> {
  await sandbox.settled()
  await eventually('AWSCURRENT to work', async () => (await app.login(await app.read())) === 'accepted')
  expect(await app.login(await app.read(), 'replica')).toBe('accepted')
}

describe('somebody who makes the old version AWSCURRENT by hand', () => {
  it.each(phases)('while it is %s: it works, and the rotation after that does, too', async (phase) => {
    const app = await Application.add(sandbox, `console_${phase}`)
    const { old, current } = await app.rotate()
    await until(app, phase)

    await app.promote(old.versionId)
    await currentWorks(app)
    expect((await app.read()).versionId).toBe(old.versionId)
    // The version that was AWSCURRENT is not taken away by that.
    expect(await app.hasPassword(current.username)).toBe(true)
    await live(sandbox, 3 * HOUR_MS, HOUR_MS / 2)
    await currentWorks(app)
    expect(app.messages('PAGE')).toEqual([])
    await goesOn(app)
  })

  it('while two passes are about to disable it: it works in the end', async () => {
    const app = await Application.add(sandbox, 'race')
    const { old, current } = await app.rotate()
    sandbox.scheduler.suspend()
    await live(sandbox, HOUR_MS + MINUTE_MS, HOUR_MS + MINUTE_MS)
    const passes = [app.look(), app.look()]
    await app.promote(old.versionId)
    await Promise.all(passes)
    sandbox.scheduler.resume()
    await currentWorks(app)
    expect((await app.read()).versionId).toBe(old.versionId)
    expect(await app.hasPassword(current.username)).toBe(true)
    await live(sandbox, HOUR_MS)
    await currentWorks(app)
  })
})

describe('somebody who stores the old credential once more as a new version', () => {
  it('while it is disabled: it works again, and a page says that it had not', async () => {
    const app = await Application.add(sandbox, 'stored')
    const { old } = await app.rotate()
    await until(app, 'disabled')

    const { versionId: _, ...value } = old
    await sandbox.client.send(
      new PutSecretValueCommand({ SecretId: app.secretId, SecretString: JSON.stringify(value) }),
    )
    await currentWorks(app)
    expect(await app.told('PAGE')).toContain('EDITED_OUTSIDE')
    await live(sandbox, 3 * HOUR_MS, HOUR_MS / 2)
    await currentWorks(app)
  })
})

describe('somebody who asks for a rotation while the version before is not retired', () => {
  it('gets it when the quarantine is over, and not before', async () => {
    const app = await Application.add(sandbox, 'eager')
    const { old, current } = await app.rotate()
    const { secretsManager } = sandbox
    await app.askForRotation()
    await secretsManager.idle(app.secretId)
    expect(secretsManager.rotations(app.secretId).at(-1)).toMatchObject({ errorType: 'DRAIN_IN_PROGRESS' })
    await until(app, 'disabled')
    expect((await app.read()).versionId).toBe(current.versionId)

    await livedUntil(sandbox, 'the next version', async () => {
      return (await app.read()).versionId !== current.versionId
    })
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'removed'])
    await currentWorks(app)
    expect((await app.read()).username).toBe(old.username)
    expect(await app.login(current)).toBe('accepted')
  })
})

describe('overlap rollback', () => {
  it.each(['draining', 'disabled'] as const)(
    'to a version that is %s makes it AWSCURRENT, brings consumers back, and lets the other one drain',
    async (phase) => {
      const name = `back_${phase}`
      const app = await Application.add(sandbox, name, { consumers: `ecs:shop/${name}` })
      const read: Promise<string>[] = []
      sandbox.ecs.seed({
        cluster: 'shop',
        name,
        pace: { startMs: 50, stopMs: 50 },
        onTaskStarted: () => read.push(app.read().then(({ versionId }) => versionId)),
      })
      const { old, current } = await app.rotate()
      await until(app, phase)
      expect(await read.at(-1)).toBe(current.versionId)

      const answer = await app.ask('operate', 'rollback', { reason: 'the new one is too slow' })
      expect(answer.outcome).toBe('rolled-back')
      await currentWorks(app)
      expect((await app.read()).versionId).toBe(old.versionId)
      await livedUntil(sandbox, 'its consumers', async () => (await read.at(-1)) === old.versionId)
      expect(await app.login(current)).toBe('accepted')
      expect(await app.fate(old.versionId)).toContain('rolled-back')

      await livedUntil(sandbox, 'the retirement of the bad version', () => app.isRetired())
      expect(await app.hasPassword(current.username)).toBe(false)
      expect(await app.fate(current.versionId)).toEqual(['disabled', 'removed'])
      await currentWorks(app)
      await goesOn(app)
    },
  )

  it('to a version that is removed is refused, with the reason, and changes nothing', async () => {
    const app = await Application.add(sandbox, 'no_way_back')
    const { current } = await app.rotate()
    await until(app, 'removed')

    const answer = await app.ask('operate', 'rollback', { reason: 'too late' })
    expect(answer).toMatchObject({ outcome: 'failed', code: 'NO_WAY_BACK' })
    expect((await app.read()).versionId).toBe(current.versionId)
    await currentWorks(app)
    await goesOn(app)
  })
})

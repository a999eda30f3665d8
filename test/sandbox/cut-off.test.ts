import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { letPass } from '../../sandbox/time-passing.ts'
import { type HttpFate, type HttpWire, startHttpWire } from '../faults/http-wire.ts'
import { Application, DAY_MS, HOUR_MS, live, livedUntil, MINUTE_MS } from './application.ts'

/*
 * Events that come twice, passes that run beside each other, and a sweep that dies at any of its calls: whatever is left, the next pass completes, and a person who
 * reads AWSCURRENT notices nothing.
 */

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let sandbox: Sandbox
const wires: HttpWire[] = []

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/lives.config.ts' })
})

afterAll(async () => {
  await sandbox.stop()
  await Promise.all(wires.map((wire) => wire.close()))
})

const sweep = () => {
  const found = sandbox.lambda.definitions().find(({ name }) => name === 'overlap-sweep')
  if (found === undefined) throw new Error('there is no overlap-sweep')
  return found
}

/** Lets time pass in which no schedule runs. */
async function sleepFor(ms: number): Promise<void> {
  sandbox.scheduler.suspend()
  await letPass(sandbox, ms)
  await sandbox.settled()
}

const isOff = async (app: Application) => (await app.tag('state')).includes(' off=')

describe('two passes at the same time', () => {
  it('in processes of their own disable once and remove once, as one does', async () => {
    const app = await Application.add(sandbox, 'twins')
    const { old, current } = await app.rotate()
    const pids = new Set<number>()
    const both = async () => {
      const passes = [1, 2].map(() => sandbox.lambda.invoke('overlap-sweep', app.labelMoved()))
      for (const pid of sandbox.lambda.pids('overlap-sweep')) pids.add(pid)
      expect(await Promise.all(passes)).toEqual(
        [1, 2].map(() => expect.objectContaining({ ok: true, payload: expect.anything() })),
      )
    }
    await sleepFor(HOUR_MS + MINUTE_MS)
    await both()
    expect(await isOff(app)).toBe(true)
    expect(await app.hasPassword(old.username)).toBe(false)
    await sleepFor(HOUR_MS + MINUTE_MS)
    await both()
    sandbox.scheduler.resume()

    expect(pids.size).toBeGreaterThan(1)
    expect(await app.isRetired()).toBe(true)
    expect([...new Set(await app.fate(old.versionId))]).toEqual(['disabled', 'removed'])
    expect(await app.login(current)).toBe('accepted')
    expect([...app.messages('PAGE'), ...app.messages('TICKET')]).toEqual([])
    await app.rotate()
    expect(await app.login(current)).toBe('accepted')
  })
})

describe('an event that is delivered twice', () => {
  it('about a label changes nothing the second time', async () => {
    const app = await Application.add(sandbox, 'twice')
    const { old } = await app.rotate()
    const before = [await app.labels(), await app.tag('state')]
    await Promise.all([app.look(), app.look()])
    await app.look()
    expect([await app.labels(), await app.tag('state')]).toEqual(before)
    expect(await app.login(old)).toBe('accepted')
  })
})

/** A sweep of its own whose calls are counted, and whose process dies at one of them: before the service hears of it, or after it has carried it out. */
async function mortalSweep() {
  let count = 0
  let deadly: { readonly at: number; readonly fate: HttpFate } | undefined
  const onCall = (): HttpFate => {
    count += 1
    return deadly?.at === count ? deadly.fate : 'pass'
  }
  const onLost = () => {
    for (const pid of sandbox.lambda.pids('mortal-sweep')) process.kill(pid, 'SIGKILL')
  }
  const { environment, ...definition } = sweep()
  const variables = [
    'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    'AWS_ENDPOINT_URL_LAMBDA',
    'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  ]
  const through = await Promise.all(
    variables.map(async (variable) => {
      const wire = await startHttpWire({ target: environment[variable] ?? '', onCall, onLost })
      wires.push(wire)
      return [variable, wire.url] as const
    }),
  )
  sandbox.lambda.register({
    ...definition,
    name: 'mortal-sweep',
    environment: { ...environment, ...Object.fromEntries(through) },
  })
  return async (app: Application, death?: { readonly at: number; readonly fate: HttpFate }) => {
    count = 0
    deadly = death
    const outcome = await sandbox.lambda.invoke('mortal-sweep', app.labelMoved())
    return { calls: count, outcome }
  }
}

describe('a sweep that dies at any of its calls', () => {
  it('leaves what the next pass disables, and what the pass after the quarantine removes', async () => {
    const pass = await mortalSweep()
    const fates = ['lose-before', 'lose-after'] as const
    const measured = await Application.add(sandbox, 'measured')
    const { old: gone } = await measured.rotate()
    await sleepFor(HOUR_MS + MINUTE_MS)
    const disabling = (await pass(measured)).calls
    expect(await measured.hasPassword(gone.username)).toBe(false)
    await sleepFor(HOUR_MS + MINUTE_MS)
    const removing = (await pass(measured)).calls
    expect(await measured.isRetired()).toBe(true)
    // Each has its own look, proof, deed and record.
    expect(disabling).toBeGreaterThan(6)
    expect(removing).toBeGreaterThan(4)

    const deaths = Array.from({ length: Math.max(disabling, removing) }, (_, index) => index + 1)
    const lives = []
    for (const at of deaths) {
      const app = await Application.add(sandbox, `mortal_${at}`)
      lives.push({ app, at, fate: fates[at % 2] ?? 'lose-before', ...(await app.rotate()) })
    }
    await sleepFor(HOUR_MS + MINUTE_MS)
    for (const { app, at, fate, old, current } of lives) {
      const { outcome } = await pass(app, { at, fate })
      if (at <= disabling) expect(outcome.ok, `it died at call ${at}`).toBe(false)
      expect(await app.login(current)).toBe('accepted')
      await pass(app)
      expect(await app.hasPassword(old.username), `${fate} ${at}`).toBe(false)
      expect(await isOff(app), `${fate} ${at}`).toBe(true)
      expect(await app.fate(old.versionId)).toContain('disabled')
    }
    await sleepFor(HOUR_MS + MINUTE_MS)
    for (const { app, at, fate, old, current } of lives) {
      await pass(app, { at, fate: fate === 'lose-before' ? 'lose-after' : 'lose-before' })
      await pass(app)
      expect(await app.isRetired(), `${fate} ${at}`).toBe(true)
      expect(await app.fate(old.versionId)).toContain('removed')
      expect(await app.login(current)).toBe('accepted')
    }
    sandbox.scheduler.resume()
    await live(sandbox, 5 * MINUTE_MS)
    for (const { app } of lives) expect(app.messages('PAGE')).toEqual([])
    const [{ app } = { app: measured }] = lives.slice(-1)
    const { current } = await app.rotate()
    expect(await app.login(current)).toBe('accepted')
    await livedUntil(sandbox, 'its retirement', () => app.isRetired(), DAY_MS)
  })
})

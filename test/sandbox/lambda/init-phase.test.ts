import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../../infra/bundling.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'

const functions = fileURLToPath(new URL('./functions/', import.meta.url))
let folder: string
let host: LambdaHost

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-init-'))
  host = await startLambdaHost()
})

afterAll(async () => {
  await host.close()
  await rm(folder, { recursive: true })
})

/** Registers a function from test/sandbox/lambda/functions under its file's name. */
async function register(source: string, handler = 'index.handler'): Promise<void> {
  const { file: bundle } = await bundleHandler(
    path.join(functions, `${source}.ts`),
    path.join(folder, source),
  )
  host.register({ name: source, bundle, handler, environment: {}, timeoutSeconds: 1, memoryMb: 128 })
}

describe('the start of a process', () => {
  it('does not count towards the time-out', async () => {
    await register('slow-start')
    expect(await host.invoke('slow-start', {})).toEqual({ ok: true, payload: 'started' })
    expect(host.initDurations('slow-start')).toEqual([expect.any(Number)])
    expect(host.initDurations('slow-start')[0]).toBeGreaterThan(1500)
  })

  it('has 10 seconds', async () => {
    await register('never-started')
    expect(await host.invoke('never-started', {})).toMatchObject({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 10.00 seconds'),
    })
    expect(host.pids('never-started')).toEqual([])
  })
})

describe('a bundle that cannot be loaded', () => {
  it('answers with the error that it threw', async () => {
    await register('broken')
    expect(await host.invoke('broken', {})).toMatchObject({
      ok: false,
      errorType: 'CONFIGURATION_INVALID',
      errorMessage: 'OVERLAP_FUNCTIONS is missing',
    })
    expect(host.initDurations('broken')).toEqual([])
    expect(host.pids('broken')).toEqual([])
  })

  it('answers that the handler is missing', async () => {
    await register('behaviours', 'index.absent')
    expect(await host.invoke('behaviours', {})).toMatchObject({
      ok: false,
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.absent is undefined or not exported',
    })
  })

  it('answers that the file is missing', async () => {
    await register('behaviours', 'absent.handler')
    expect(await host.invoke('behaviours', {})).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining('Cannot find module'),
    })
  })

  it('is an error of the runtime when its folder is gone', async () => {
    await register('behaviours')
    await rm(path.join(folder, 'behaviours'), { recursive: true })
    expect(await host.invoke('behaviours', {})).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
    expect(host.logs('behaviours').at(-1)).toContain('the process could not be started')
  })

  it('cannot be registered when it does not exist', () => {
    const bundle = path.join(folder, 'absent', 'index.js')
    const definition = {
      name: 'absent',
      handler: 'index.handler',
      environment: {},
      timeoutSeconds: 1,
      memoryMb: 128,
    }
    expect(() => host.register({ ...definition, bundle })).toThrow(`there is no bundle ${bundle}`)
    expect(host.exists('absent')).toBe(false)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../../infra/bundling.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'
import { type RunningClock, runningClock } from '../../../sandbox/running-clock.ts'
import type { TimeTold } from './functions/clock.ts'

const HALF_A_YEAR_MS = 183 * 24 * 3_600_000
const source = fileURLToPath(new URL('./functions/clock.ts', import.meta.url))
let folder: string
let clock: RunningClock
let host: LambdaHost

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-clock-'))
  clock = runningClock(Date.UTC(2027, 2, 28, 0, 59, 59))
  host = await startLambdaHost({ clockOffset: clock.offset })
  const { file: bundle } = await bundleHandler(source, folder)
  host.register({
    name: 'clock',
    bundle,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 5,
    memoryMb: 128,
  })
})

beforeEach(() => host.discardInstances('clock'))

afterAll(async () => {
  await host.close()
  await rm(folder, { recursive: true })
})

async function ask(): Promise<TimeTold> {
  const outcome = await host.invoke('clock', {})
  if (!outcome.ok) throw new Error(outcome.errorMessage)
  return outcome.payload as TimeTold
}

const near = (moment: number) => (time: number) => Math.abs(time - moment) < 2_000

describe('the time in a function', () => {
  it("is the sandbox's, from the moment its code is loaded", async () => {
    const told = await ask()

    expect([told.loadedAt, told.now, told.constructed, Date.parse(told.asText)]).toSatisfy(
      (times: number[]) => times.every(near(clock.now())),
    )
    expect(told).toMatchObject({ given: '2027-03-28T01:00:00.000Z', isDate: true })
  })

  it('moves with the clock at the next invocation, in a process that is warm', async () => {
    const before = await ask()
    clock.advance(HALF_A_YEAR_MS)
    const after = await ask()

    expect(after.loadedAt).toBe(before.loadedAt)
    expect(after.now - before.now).toSatisfy(near(HALF_A_YEAR_MS))
  })

  it('leaves the time that remains right, and timers and performance.now real', async () => {
    const before = await ask()
    clock.advance(HALF_A_YEAR_MS)
    const after = await ask()

    for (const { remaining, timerTook } of [before, after]) {
      expect(remaining).toBeGreaterThan(3_000)
      expect(remaining).toBeLessThanOrEqual(5_000)
      expect(timerTook).toBeLessThan(2_000)
    }
    expect(after.elapsed - before.elapsed).toBeLessThan(5_000)
  })

  it('is nobody’s business outside: no answer has a Date by which an SDK would set its own clock right', async () => {
    const { url } = host
    const answer = await fetch(`${url}/2015-03-31/functions/clock/invocations`, {
      method: 'POST',
      body: '{}',
    })
    expect(answer.headers.get('date')).toBeNull()

    const client = new LambdaClient({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    })
    await client.send(new InvokeCommand({ FunctionName: 'clock' }))
    expect(client.config.systemClockOffset).toBe(0)
    client.destroy()
  })
})

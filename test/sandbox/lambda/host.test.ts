import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../../infra/bundling.ts'
import { type LambdaHost, type Outcome, startLambdaHost } from '../../../sandbox/lambda/host.ts'
import type { Behaviour } from './functions/behaviours.ts'
import { isAlive } from './process-state.ts'

const functions = fileURLToPath(new URL('./functions/', import.meta.url))
let folder: string
let bundle: string
let host: LambdaHost

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-host-'))
  bundle = (await bundleHandler(path.join(functions, 'behaviours.ts'), path.join(folder, 'behaviours'))).file
  host = await startLambdaHost()
})

afterAll(async () => {
  await host.close()
  await rm(folder, { recursive: true })
})

let registered = 0

/** Registers a function of its own for one test, so that tests share no instance. */
function register(
  options: { timeoutSeconds?: number; memoryMb?: number; environment?: Record<string, string> } = {},
) {
  registered += 1
  const name = `function-${registered}`
  const arn = host.register({
    name,
    bundle,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 60,
    memoryMb: 128,
    ...options,
  })
  const invoke = (behaviour: Behaviour): Promise<Outcome> => host.invoke(arn, behaviour)
  const echo = async () => {
    const outcome = await invoke({ do: 'echo' })
    if (!outcome.ok) throw new Error(outcome.errorMessage)
    return outcome.payload as { invocations: number; pid: number }
  }
  return { name, arn, invoke, echo }
}

/** Resolves when `count` clients wait for an answer at the same time, and then answers all of them. */
async function meetingPoint(count: number): Promise<{ url: string; close(): void }> {
  const waiting: ServerResponse[] = []
  const server = createServer((_, response) => {
    waiting.push(response)
    if (waiting.length === count) for (const each of waiting) each.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

describe('an invocation', () => {
  it('hands the event to the handler and its result back', async () => {
    const { invoke } = register()
    expect(await invoke({ do: 'echo' })).toMatchObject({
      ok: true,
      payload: { event: { do: 'echo' }, invocations: 1 },
    })
  })

  it('answers null for a handler that returns nothing', async () => {
    expect(await register().invoke({ do: 'nothing' })).toEqual({ ok: true, payload: null })
  })

  it('is told who it is and how long it has', async () => {
    const { name, arn, invoke } = register({ timeoutSeconds: 45, memoryMb: 192 })
    const outcome = await invoke({ do: 'context' })
    expect(outcome).toMatchObject({
      ok: true,
      payload: {
        functionName: name,
        functionVersion: '$LATEST',
        invokedFunctionArn: arn,
        memoryLimitInMB: '192',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    })
    const { remaining } = (outcome as { payload: { remaining: number } }).payload
    expect(remaining).toBeGreaterThan(0)
    expect(remaining).toBeLessThanOrEqual(45_000)
  })

  it('reports a thrown error by its name, message and trace', async () => {
    expect(await register().invoke({ do: 'throw', name: 'DRAIN_IN_PROGRESS', message: 'not yet' })).toEqual({
      ok: false,
      errorType: 'DRAIN_IN_PROGRESS',
      errorMessage: 'not yet',
      trace: expect.arrayContaining(['DRAIN_IN_PROGRESS: not yet', expect.stringContaining('index.js')]),
    })
  })

  it('reports something thrown that is no error', async () => {
    expect(await register().invoke({ do: 'throw text' })).toMatchObject({
      ok: false,
      errorType: 'string',
      errorMessage: 'only text',
    })
  })

  it('keeps the instance after a thrown error', async () => {
    const { invoke, echo } = register()
    const { pid } = await echo()
    await invoke({ do: 'throw', name: 'Error', message: 'once' })
    expect(await echo()).toMatchObject({ pid, invocations: 3 })
  })

  it('is answered for its own request alone', async () => {
    expect(await register().invoke({ do: 'answer for', requestId: 'another' })).toEqual({
      ok: true,
      payload: 400,
    })
  })

  it('is refused for a function that does not exist', async () => {
    await expect(host.invoke(host.arn('absent'), {})).rejects.toThrow(
      'Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent',
    )
  })
})

describe('time-out', () => {
  it.each(['hang', 'spin'] as const)(
    'kills a handler that would %s, and starts afresh',
    async (behaviour) => {
      const { name, invoke, echo } = register({ timeoutSeconds: 1 })
      const { pid } = await echo()
      expect(await invoke({ do: behaviour })).toEqual({
        ok: false,
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
        ),
      })
      expect(isAlive(pid)).toBe(false)
      expect(host.pids(name)).toEqual([])
      expect((await echo()).invocations).toBe(1)
    },
  )

  it('kills a stopped process', async () => {
    const { invoke, echo } = register({ timeoutSeconds: 1 })
    const { pid } = await echo()
    process.kill(pid, 'SIGSTOP')
    expect(await invoke({ do: 'echo' })).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' })
    expect(isAlive(pid)).toBe(false)
  })

  it('holds from the first invocation on', async () => {
    const { invoke } = register({ timeoutSeconds: 1 })
    expect(await invoke({ do: 'hang' })).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    })
  })
})

describe('a process that ends', () => {
  it.each([
    [1, 'Runtime exited with error: exit status 1'],
    [0, 'Runtime exited without providing a reason'],
  ])('with status %i is an error of the runtime', async (status, message) => {
    const { invoke, echo } = register()
    expect(await invoke({ do: 'exit', status })).toEqual({
      ok: false,
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${message}$`)),
    })
    expect((await echo()).invocations).toBe(1)
  })

  it('by a signal is an error that names it', async () => {
    const { name, invoke } = register()
    const outcome = invoke({ do: 'hang' })
    await expect.poll(() => host.initDurations(name).length).toBe(1)
    for (const pid of host.pids(name)) process.kill(pid, 'SIGKILL')
    expect(await outcome).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    })
  })

  it('because of an unhandled rejection is an error', async () => {
    expect(await register().invoke({ do: 'unhandled rejection' })).toMatchObject({
      errorType: 'Runtime.ExitError',
    })
  })

  it('while idle is replaced', async () => {
    const { name, echo } = register()
    const { pid } = await echo()
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => host.pids(name)).toEqual([])
    expect((await echo()).pid).not.toBe(pid)
  })
})

describe('instances', () => {
  it('are reused one invocation after another', async () => {
    const { name, echo } = register()
    const first = await echo()
    expect(await echo()).toEqual({ ...first, invocations: 2 })
    expect(host.pids(name)).toEqual([first.pid])
    expect(host.initDurations(name)).toHaveLength(1)
  })

  it('serve concurrent invocations each in its own process, and are reused after', async () => {
    const { name, invoke, echo } = register()
    const meeting = await meetingPoint(3)
    const outcomes = await Promise.all([1, 2, 3].map(() => invoke({ do: 'meet', at: meeting.url })))
    meeting.close()
    expect(outcomes).toEqual([1, 2, 3].map(() => ({ ok: true, payload: 200 })))
    const pids = host.pids(name)
    expect(new Set(pids).size).toBe(3)
    expect(pids).toContain((await echo()).pid)
    expect(host.initDurations(name)).toHaveLength(3)
  })

  it('are never shared by two functions', async () => {
    expect((await register().echo()).pid).not.toBe((await register().echo()).pid)
  })

  it('are gone after discardInstances, so that the next invocation starts cold', async () => {
    const { name, echo } = register()
    const { pid } = await echo()
    await host.discardInstances(name)
    expect(isAlive(pid)).toBe(false)
    expect((await echo()).invocations).toBe(1)
    expect(host.initDurations(name)).toHaveLength(2)
  })

  it('answer before they are discarded', async () => {
    const { name, invoke } = register()
    const meeting = await meetingPoint(2)
    const outcome = invoke({ do: 'meet', at: meeting.url })
    await expect.poll(() => host.initDurations(name).length).toBe(1)
    await host.discardInstances(name)
    await fetch(meeting.url)
    expect(await outcome).toEqual({ ok: true, payload: 200 })
    meeting.close()
    expect(host.pids(name)).toEqual([])
  })

  it('run the new definition after it was registered again', async () => {
    const { name, invoke, echo } = register()
    await echo()
    host.register({
      name,
      bundle,
      handler: 'index.handler',
      environment: { COLOUR: 'red' },
      timeoutSeconds: 60,
      memoryMb: 128,
    })
    expect(await invoke({ do: 'environment' })).toMatchObject({ payload: { environment: { COLOUR: 'red' } } })
  })
})

describe('the environment', () => {
  it('is what Lambda and the definition give, and nothing of this process but PATH', async () => {
    const { name, invoke } = register({
      memoryMb: 256,
      environment: { OVERLAP_DRAIN_FLOOR: '1h', AWS_REGION: 'eu-west-1' },
    })
    const { payload } = (await invoke({ do: 'environment' })) as { payload: Record<string, unknown> }
    expect(payload).toEqual({
      arguments: ['--max-old-space-size=230'],
      directory: path.dirname(bundle),
      environment: {
        PATH: process.env.PATH,
        HOME: '/home/sbx_user1051',
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        LAMBDA_TASK_ROOT: path.dirname(bundle),
        _HANDLER: 'index.handler',
        OVERLAP_DRAIN_FLOOR: '1h',
        AWS_ACCESS_KEY_ID: expect.any(String),
        AWS_SECRET_ACCESS_KEY: expect.any(String),
        AWS_SESSION_TOKEN: expect.any(String),
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\[\$LATEST\][0-9a-f]{32}$/),
        AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        AWS_REGION: 'us-east-1',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    })
  })
})

describe('the log', () => {
  it('holds every line of stdout and stderr, and an unfinished last one once the process is gone', async () => {
    const { name, invoke } = register()
    await invoke({ do: 'log', lines: ['one', '', 'thrée'] })
    await host.discardInstances(name)
    expect([...host.logs(name)].sort()).toEqual(['', 'no line end', 'one', 'thrée', 'to stderr'].sort())
  })

  it('tells each line as it comes', async () => {
    const lines: string[] = []
    const other = await startLambdaHost({ onLog: (name, line) => lines.push(`${name}: ${line}`) })
    other.register({
      name: 'talker',
      bundle,
      handler: 'index.handler',
      environment: {},
      timeoutSeconds: 60,
      memoryMb: 128,
    })
    await other.invoke('talker', { do: 'log', lines: ['hello'] })
    await expect.poll(() => lines).toContain('talker: hello')
    await other.close()
  })

  it('holds a thrown error with its cause, as the runtime writes it', async () => {
    const { name, invoke } = register()
    await invoke({ do: 'throw', name: 'STALE_TOKEN', message: 'too old' })
    await host.discardInstances(name)
    const log = host.logs(name).join('\n')
    expect(log).toContain('too old')
    expect(log).toContain('the cause')
  })
})

describe('the end of the host', () => {
  it('ends every process, also those that serve, and refuses further invocations', async () => {
    const other = await startLambdaHost()
    const names = ['idle', 'busy', 'stopped']
    for (const name of names) {
      other.register({
        name,
        bundle,
        handler: 'index.handler',
        environment: {},
        timeoutSeconds: 900,
        memoryMb: 128,
      })
      await other.invoke(name, { do: 'echo' })
    }
    const serving = other.invoke('busy', { do: 'spin' })
    for (const pid of other.pids('stopped')) process.kill(pid, 'SIGSTOP')
    const pids = names.flatMap((name) => other.pids(name))
    expect(pids).toHaveLength(3)

    await other.close()

    expect(pids.filter(isAlive)).toEqual([])
    expect(await serving).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
    await expect(other.invoke('idle', { do: 'echo' })).rejects.toThrow('the Lambda host is closed')
    await other.close()
  })

  it('ends a process that was only just being started', async () => {
    const other = await startLambdaHost()
    other.register({
      name: 'new',
      bundle,
      handler: 'index.handler',
      environment: {},
      timeoutSeconds: 60,
      memoryMb: 128,
    })
    const outcome = other.invoke('new', { do: 'echo' })
    await other.close()
    expect(await outcome).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
    expect(other.pids('new')).toEqual([])
  })

  it('by SIGKILL leaves no process behind, be it idle, busy, waiting or stopped', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(functions, 'host-process.ts'), bundle],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const pids = JSON.parse(line) as number[]
    expect(pids).toHaveLength(4)
    expect(pids.filter(isAlive)).toEqual(pids)

    child.kill('SIGKILL')

    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([])
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { functionEnvironment } from './environment.ts'
import type { FunctionDefinition, Outcome } from './function-definition.ts'

/** What an instance tells its host. */
export interface InstanceEvents {
  /** The process exists. */
  started(pid: number): void
  /** First request for an invocation: `milliseconds` after the process was spawned. */
  initialised(milliseconds: number): void
  line(text: string): void
  /** The process is gone and every line of its output was told. `pid` is undefined when it never started. */
  ended(pid: number | undefined): void
}

interface Invocation {
  readonly requestId: string
  readonly body: string
  resolve(outcome: Outcome): void
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the Init phase has 10 seconds. */
const INIT_SECONDS = 10

const bootstrap = fileURLToPath(new URL('./bootstrap.cjs', import.meta.url))

/**
 * One execution environment: a process that runs the function's bundle, and the Runtime API that only this process uses.
 * It serves one invocation at a time and lives until it ends itself, overruns or is ended.
 */
export class FunctionInstance {
  readonly #definition: FunctionDefinition
  readonly #arn: string
  readonly #events: InstanceEvents
  readonly #clockOffset: () => number
  readonly #runtimeApi = createServer((request, response) => {
    this.#serve(request, response).catch((error: Error) => response.destroy(error))
  })
  readonly #gone: Promise<void>
  #child: ChildProcess | undefined
  #spawnedAt = 0
  #initialised = false
  /** The process's open request for its next invocation. */
  #next: ServerResponse | undefined
  #invocation: Invocation | undefined
  #timer: NodeJS.Timeout | undefined
  /** Milliseconds since the epoch, in real time. */
  #deadline = 0
  /** Set once the process has to go, or is gone: how the invocation that it was serving ended. */
  #fate: Outcome | 'ended' | undefined

  constructor(options: {
    definition: FunctionDefinition
    arn: string
    region: string
    events: InstanceEvents
    /** Milliseconds by which the process's clock is to be ahead of real time, asked for anew at each invocation. */
    clockOffset: () => number
  }) {
    this.#definition = options.definition
    this.#arn = options.arn
    this.#events = options.events
    this.#clockOffset = options.clockOffset
    // The process holds its connection for as long as a handler runs, however long that is.
    this.#runtimeApi.keepAliveTimeout = 0
    this.#gone = new Promise((resolve) => {
      this.#runtimeApi.listen(0, '127.0.0.1', () => {
        if (this.#fate) this.#bury(undefined, null, null, resolve)
        else this.#spawn(options.region, resolve)
      })
    })
  }

  /** True when it can take an invocation at once, or as soon as it asks for one. */
  get available(): boolean {
    return !this.#fate && !this.#invocation
  }

  get pid(): number | undefined {
    return this.#fate ? undefined : this.#child?.pid
  }

  /** Only when `available`. Resolves after the process is gone when it overran or died. */
  invoke(event: unknown): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#invocation = { requestId: randomUUID(), body: JSON.stringify(event) ?? '{}', resolve }
      // A process that answered but never asks again would otherwise hold this invocation for ever.
      if (this.#initialised) this.#limit(this.#definition.timeoutSeconds)
      this.#hand()
    })
  }

  /** Ends the process. An invocation that it was serving resolves as one whose process was killed. */
  end(): Promise<void> {
    this.#kill('ended')
    return this.#gone
  }

  #spawn(region: string, gone: () => void): void {
    const { port } = this.#runtimeApi.address() as AddressInfo
    this.#spawnedAt = performance.now()
    // Lambda gives nine tenths of the memory to the heap.
    const child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${Math.floor(this.#definition.memoryMb * 0.9)}`,
        bootstrap,
        String(this.#clockOffset()),
      ],
      {
        cwd: path.dirname(this.#definition.bundle),
        // Detached, so that Ctrl-C in a terminal reaches only the host.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: functionEnvironment(this.#definition, {
          region,
          runtimeApi: `127.0.0.1:${port}`,
          logStream: `[$LATEST]${randomUUID().replaceAll('-', '')}`,
        }),
      },
    )
    this.#child = child
    if (child.pid !== undefined) this.#events.started(child.pid)
    createInterface({ input: child.stdout }).on('line', (line) => this.#events.line(line))
    createInterface({ input: child.stderr }).on('line', (line) => this.#events.line(line))
    child.on('error', (error) => this.#events.line(`the process could not be started: ${error.message}`))
    child.on('close', (code, signal) => this.#bury(child.pid, code, signal, gone))
    this.#limit(INIT_SECONDS)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`.replace('/2018-06-01/runtime/', '')
    if (route === 'GET invocation/next') {
      this.#awaitInvocation(response)
      return
    }
    const body = await text(request)
    const [, requestId, kind] =
      /^POST (?:invocation\/([\w-]+)\/(response|error)|init\/error)$/.exec(route) ?? []
    const invocation = this.#invocation
    if (route === 'POST init/error') {
      this.#kill(failure(body))
    } else if (invocation && invocation.requestId === requestId) {
      const outcome: Outcome = kind === 'error' ? failure(body) : { ok: true, payload: JSON.parse(body) }
      this.#invocation = undefined
      clearTimeout(this.#timer)
      invocation.resolve(outcome)
    } else {
      response.writeHead(400).end('{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}')
      return
    }
    response.writeHead(202).end('{"status":"OK"}')
  }

  #awaitInvocation(response: ServerResponse): void {
    if (!this.#initialised) {
      this.#initialised = true
      clearTimeout(this.#timer)
      this.#events.initialised(performance.now() - this.#spawnedAt)
      if (this.#invocation) this.#limit(this.#definition.timeoutSeconds)
    }
    this.#next = response
    this.#hand()
  }

  #hand(): void {
    const [next, invocation] = [this.#next, this.#invocation]
    if (!next || !invocation) return
    this.#next = undefined
    const offset = this.#clockOffset()
    next
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.requestId,
        // In the function's own time, so that the time it has left is right whatever that is.
        'lambda-runtime-deadline-ms': String(this.#deadline + offset),
        'sandbox-clock-offset-ms': String(offset),
        'lambda-runtime-invoked-function-arn': this.#arn,
      })
      .end(invocation.body)
  }

  #limit(seconds: number): void {
    clearTimeout(this.#timer)
    this.#deadline = Date.now() + seconds * 1000
    this.#timer = setTimeout(() => {
      const message = `Task timed out after ${seconds.toFixed(2)} seconds`
      this.#kill({ ok: false, errorType: 'Sandbox.Timedout', errorMessage: this.#named(message) })
    }, seconds * 1000)
  }

  #kill(fate: Outcome | 'ended'): void {
    this.#fate ??= fate
    clearTimeout(this.#timer)
    // Not SIGTERM: a stopped process would keep it for later, and Lambda gives no warning either.
    this.#child?.kill('SIGKILL')
  }

  #bury(pid: number | undefined, code: number | null, signal: NodeJS.Signals | null, gone: () => void): void {
    clearTimeout(this.#timer)
    const fate = this.#fate
    this.#fate ??= 'ended'
    this.#runtimeApi.close()
    this.#runtimeApi.closeAllConnections()
    this.#events.ended(pid)
    const outcome: Outcome =
      fate && fate !== 'ended'
        ? fate
        : { ok: false, errorType: 'Runtime.ExitError', errorMessage: this.#named(exitMessage(code, signal)) }
    this.#invocation?.resolve(outcome)
    this.#invocation = undefined
    gone()
  }

  /** Lambda's wording of its own errors names the request. */
  #named(message: string): string {
    return this.#invocation ? `RequestId: ${this.#invocation.requestId} Error: ${message}` : message
  }
}

function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`
  return code === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${code}`
}

function failure(body: string): Outcome {
  const { errorType, errorMessage, trace } = JSON.parse(body) as {
    errorType: string
    errorMessage: string
    trace: string[]
  }
  return { ok: false, errorType, errorMessage, trace }
}

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../clock.ts'
import { serveFunctions } from './function-api.ts'
import { type FunctionDefinition, logGroupOf, type Outcome } from './function-definition.ts'
import { FunctionInstance } from './instance.ts'
import { ManagedFunctions } from './managed-functions.ts'
import { startOrphanReaper } from './orphan-reaper.ts'

export type { FunctionDefinition, Outcome } from './function-definition.ts'

export interface LambdaHostOptions {
  /** Of the API; default: the system chooses. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  /** Milliseconds by which the functions' clock is ahead of real time; each invocation asks anew. Default 0. */
  readonly clockOffset?: () => number
  /** By which changes of functions that are managed alone take their time. */
  readonly clock?: Clock
  /** Every line that a function writes, as it comes. */
  readonly onLog?: (functionName: string, line: string, logGroup: string) => void
  /** How each invocation ended. */
  readonly onOutcome?: (functionName: string, outcome: Outcome) => void
}

/** Methods that take a function accept its name or its ARN, with or without `:$LATEST`; they throw for one that is not registered. */
export interface LambdaHost {
  /** Endpoint for the SDK's Lambda client: `AWS_ENDPOINT_URL_LAMBDA`. */
  readonly url: string
  readonly port: number
  /** The ARN that a function of this name has, registered or not. */
  arn(name: string): string
  /** Adds a function, or replaces it with its warm instances. Returns the ARN. Throws when its bundle does not exist. */
  register(definition: FunctionDefinition): string
  /** Takes a function away. What it is at is finished; idle instances are gone when this resolves. */
  unregister(functionReference: string): Promise<void>
  exists(functionReference: string): boolean
  /** Every function as it was registered last. */
  definitions(): readonly FunctionDefinition[]
  /** A function that fails is an outcome; only an unknown function, or a closed host, is thrown. */
  invoke(functionReference: string, payload: unknown): Promise<Outcome>
  /** Functions that read secrets: the API manages them, and they run nowhere. */
  readonly managed: ManagedFunctions
  /** Processes that run now. */
  pids(functionReference: string): readonly number[]
  /** Every line that the function has written. Complete for an instance that has ended; a running one's last lines may be on their way. */
  logs(functionReference: string): readonly string[]
  /** Milliseconds from spawning the process to its first request for an invocation, one per cold start. */
  initDurations(functionReference: string): readonly number[]
  /** Makes the next invocation a cold start. Idle instances are gone when it resolves; busy ones go when they have answered. */
  discardInstances(functionReference: string): Promise<void>
  /** Ends every process, also those that are serving. */
  close(): Promise<void>
}

interface RegisteredFunction {
  definition: FunctionDefinition
  /** Those that may serve again. */
  readonly pool: Set<FunctionInstance>
  readonly pids: Set<number>
  readonly logs: string[]
  readonly initDurations: number[]
}

/**
 * Lambda on loopback. Each function runs from its bundle in processes of its own, with Lambda's environment, memory limit and time-out; concurrent
 * invocations start further processes and idle ones are reused. The processes end with the host, even when it is killed.
 */
export async function startLambdaHost(options: LambdaHostOptions = {}): Promise<LambdaHost> {
  const {
    region = 'us-east-1',
    accountId = '123456789012',
    clockOffset = () => 0,
    clock = systemClock,
    onLog,
    onOutcome,
  } = options
  const functions = new Map<string, RegisteredFunction>()
  const managed = new ManagedFunctions(clock)
  const instances = new Set<FunctionInstance>()
  const reaper = startOrphanReaper()
  let closing: Promise<void> | undefined

  const arnPrefix = `arn:aws:lambda:${region}:${accountId}:function:`

  /** Undefined for another account's or Region's. */
  function nameIn(reference: string): string | undefined {
    const [name, prefix] = splitReference(reference)
    return `:${arnPrefix}`.endsWith(`:${prefix}`) ? name : undefined
  }

  const find = (reference: string) => functions.get(nameIn(reference) ?? '')
  const findManaged = (reference: string) => managed.find(nameIn(reference) ?? '')

  function get(reference: string): RegisteredFunction {
    const registered = find(reference)
    if (!registered) throw new Error(`Function not found: ${reference}`)
    return registered
  }

  function startInstance(registered: RegisteredFunction): FunctionInstance {
    const { definition } = registered
    const instance: FunctionInstance = new FunctionInstance({
      definition,
      arn: arnPrefix + definition.name,
      region,
      clockOffset,
      events: {
        started(pid) {
          reaper.watch(pid)
          registered.pids.add(pid)
        },
        initialised: (milliseconds) => registered.initDurations.push(milliseconds),
        line(line) {
          registered.logs.push(line)
          onLog?.(definition.name, line, logGroupOf(definition))
        },
        ended(pid) {
          instances.delete(instance)
          registered.pool.delete(instance)
          if (pid === undefined) return
          registered.pids.delete(pid)
          reaper.forget(pid)
        },
      },
    })
    instances.add(instance)
    registered.pool.add(instance)
    return instance
  }

  async function discard(registered: RegisteredFunction): Promise<void> {
    const idle = [...registered.pool].filter((instance) => instance.available)
    registered.pool.clear()
    await Promise.all(idle.map((instance) => instance.end()))
  }

  async function invoke(reference: string, payload: unknown): Promise<Outcome> {
    if (closing !== undefined) throw new Error('the Lambda host is closed')
    const registered = get(reference)
    const instance =
      [...registered.pool].find((candidate) => candidate.available) ?? startInstance(registered)
    const outcome = await instance.invoke(payload)
    onOutcome?.(registered.definition.name, outcome)
    if (!registered.pool.has(instance)) await instance.end()
    return outcome
  }

  const exists = (reference: string) => find(reference) !== undefined
  const definition = (reference: string) => find(reference)?.definition
  const arn = (name: string) => arnPrefix + name
  const server = createServer((request, response) => {
    // Neither a function's clock nor its caller's need be this machine's: an SDK that saw the difference would try again.
    response.sendDate = false
    const served = { exists, invoke, arn, definition, managed: findManaged }
    serveFunctions(served, request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    await reaper.close()
    throw error
  }
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    arn,
    register(definition) {
      if (!existsSync(definition.bundle)) throw new Error(`there is no bundle ${definition.bundle}`)
      const known = functions.get(definition.name)
      if (known) {
        known.definition = definition
        void discard(known)
      } else {
        functions.set(definition.name, {
          definition,
          pool: new Set(),
          pids: new Set(),
          logs: [],
          initDurations: [],
        })
      }
      return arnPrefix + definition.name
    },
    async unregister(reference) {
      const registered = get(reference)
      functions.delete(registered.definition.name)
      await discard(registered)
    },
    exists,
    definitions: () => [...functions.values()].map(({ definition }) => definition),
    invoke,
    managed,
    pids: (reference) => [...get(reference).pids],
    logs: (reference) => get(reference).logs,
    initDurations: (reference) => get(reference).initDurations,
    discardInstances: (reference) => discard(get(reference)),
    close() {
      closing ??= (async () => {
        managed.close()
        await Promise.all([...instances].map((instance) => instance.end()))
        server.close()
        server.closeAllConnections()
        await reaper.close()
      })()
      return closing
    },
  }
}

/** Name and what stands before it: nothing, `account:function:` or the rest of an ARN. */
function splitReference(reference: string): [name: string, prefix: string] {
  const unqualified = reference.replace(/:\$LATEST$/, '')
  const at = unqualified.lastIndexOf(':') + 1
  return [unqualified.slice(at), unqualified.slice(0, at)]
}

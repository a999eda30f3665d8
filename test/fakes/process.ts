import { OverlapError } from '../../lambdas/rotation/errors.ts'

/** One call of a process to something outside it. Between two calls a process may be paused or killed. */
export type Call = <T>(name: string, effect: () => T) => Promise<T>

export const directly: Call = async (_name, effect) => effect()

export const blows = ['killed before', 'killed after', 'error before', 'error after'] as const
/** What befalls one call: the process dies, or is told of an error, before the call is carried out or after. */
export type Blow = (typeof blows)[number]
/** Decides what befalls the next call. */
export type Strike = (name: string) => Blow | undefined

export interface ProcessOptions {
  /** Sees every effect of this process at once. */
  readonly after?: () => void
  readonly strike?: Strike
  /** The process died; its connections break. */
  readonly killed?: (call: Call) => void
}

export type Stop = 'parked' | 'ended' | 'killed'

/** What counts the calls that a process, and those that it invoked and waits for, may still make. */
interface Gate {
  left: number
  /** The name of a call to stop before. */
  before: string | undefined
  /** One for each call that waits: a process may make several at once. */
  waiting: (() => void)[]
  stopped: (stop: Stop) => void
}

/** A function invocation whose every call can be the last before a pause or its death. */
export interface Process<R = unknown> {
  readonly gate: () => Gate
  /** Lets it make this many calls more, or go up to the call of this name; resolves when it waits, has ended, or has died. */
  run(upTo?: number | string): Promise<Stop>
  kill(): void
  state(): 'new' | 'running' | 'ended' | 'killed'
  /** Runs it for another process that waits for its answer. When that one dies first, this one goes on by `run`. */
  answer(invoker: Process): Promise<R>
  /** What it threw, once it has ended. */
  failure(): unknown
}

const never = new Promise<never>(() => {})

export function processOf<R>(main: (call: Call) => Promise<R>, options: ProcessOptions = {}): Process<R> {
  const { after = () => {}, strike = () => undefined, killed = () => {} } = options
  let state: ReturnType<Process['state']> = 'new'
  let failure: unknown
  let gate: Gate = { left: 0, before: undefined, waiting: [], stopped: () => {} }
  let invoker: Process | undefined
  let settle: { resolve: (value: R) => void; reject: (error: unknown) => void } | undefined

  const stop = (how: 'ended' | 'killed') => {
    state = how
    if (invoker === undefined) gate.stopped(how)
  }

  const die = (call: Call) => {
    if (state === 'ended' || state === 'killed') return
    killed(call)
    stop('killed')
    settle?.reject(new OverlapError('UNREACHABLE', 'the function died before it answered'))
  }

  const pass = async (name: string) => {
    if (name === gate.before) gate.left = 0
    while (gate.left <= 0) {
      const woken = new Promise<void>((resolve) => {
        gate.waiting.push(resolve)
      })
      gate.stopped('parked')
      await woken
    }
    gate.left -= 1
  }

  const call: Call = async (name, effect) => {
    await pass(name)
    if (state !== 'running') return never
    const blow = strike(name)
    if (blow === 'killed before') {
      die(call)
      return never
    }
    if (blow === 'error before') throw brokenOff(name)
    const done = attempt(effect)
    after()
    if (blow === 'killed after') {
      die(call)
      return never
    }
    if (blow === 'error after') throw brokenOff(name)
    if ('error' in done) throw done.error
    return done.value
  }

  const launch = () => {
    state = 'running'
    main(call).then(
      (value) => {
        if (state !== 'running') return
        stop('ended')
        settle?.resolve(value)
      },
      (error: unknown) => {
        if (state !== 'running') return
        failure = error
        stop('ended')
        settle?.reject(error)
      },
    )
  }

  return {
    gate: () => gate,
    run(upTo = Number.POSITIVE_INFINITY) {
      if (state === 'ended' || state === 'killed') return Promise.resolve(state)
      if (invoker?.state() === 'killed') {
        gate = { ...gate }
        invoker = undefined
        settle = undefined
      }
      const stopped = new Promise<Stop>((resolve) => {
        gate.stopped = resolve
      })
      gate.left = typeof upTo === 'number' ? upTo : Number.POSITIVE_INFINITY
      gate.before = typeof upTo === 'string' ? upTo : undefined
      if (state === 'new') launch()
      for (const wake of gate.waiting.splice(0)) wake()
      return stopped
    },
    kill: () => die(call),
    state: () => state,
    failure: () => failure,
    answer(by) {
      invoker = by
      gate = by.gate()
      const answered = new Promise<R>((resolve, reject) => {
        settle = { resolve, reject }
      })
      launch()
      return answered
    },
  }
}

function brokenOff(name: string): OverlapError {
  return new OverlapError('UNREACHABLE', `${name} broke off`)
}

function attempt<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() }
  } catch (error) {
    return { error }
  }
}

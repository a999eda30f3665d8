import type { FunctionInvoker } from '../sandbox/secrets-manager/server.ts'

/** One invocation of the rotation function. */
export interface StepRecord {
  /** Such as createSecret. */
  readonly step: string
  /** Milliseconds until its answer. */
  readonly ms: number
  /** Operation to calls of Secrets Manager in that time: the function is the only caller then. */
  readonly calls: Readonly<Record<string, number>>
}

/** A stop-watch between Secrets Manager and Lambda. */
export interface Steps {
  /** What Secrets Manager invokes functions through. */
  readonly functions: FunctionInvoker
  restart(): void
  /** Since the last restart; `ms` from the first step's invocation to the last step's answer. */
  taken(): { readonly steps: readonly StepRecord[]; readonly ms: number }
}

/** `calls` counts every operation since the endpoint's start. */
export function watchSteps(lambda: FunctionInvoker, calls: () => Readonly<Record<string, number>>): Steps {
  let steps: StepRecord[] = []
  let first = 0
  let last = 0
  const functions: FunctionInvoker = {
    exists: (arn) => lambda.exists(arn),
    async invoke(arn, payload) {
      const { Step } = payload as { Step: string }
      const before = calls()
      const began = performance.now()
      const answer = await lambda.invoke(arn, payload)
      last = performance.now()
      if (steps.length === 0) first = began
      steps.push({ step: Step, ms: last - began, calls: callsSince(before, calls()) })
      return answer
    },
  }
  return {
    functions,
    restart: () => {
      steps = []
    },
    taken: () => ({ steps, ms: last - first }),
  }
}

/** Operations that were not called are left out. */
export function callsSince(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now)
      .map(([operation, count]) => [operation, count - (before[operation] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  )
}

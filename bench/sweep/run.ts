import { sweepEnvironment } from '../../lambdas/sweep/environment.ts'
import type { FunctionDefinition } from '../../sandbox/lambda/function-definition.ts'
import { type Measured, type Pass, passes, promisedCalls, type Run } from './figures.ts'
import { type Rig, startRig } from './rig.ts'

export interface Measuring {
  /** Of accounts, each a multiple of 400. */
  readonly sizes: readonly number[]
  /** Of each pass but the first, which takes as long as the census may. */
  readonly runs: number
  readonly signal: AbortSignal
}

interface Swept {
  readonly secrets: number
  readonly rig: Rig
  readonly measured: Readonly<Record<Pass, Run[]>>
}

const BETWEEN_MS = 5 * 60_000

/**
 * A process for each size. Those passes that are compared with each other come one after the other, so that whatever else the machine does is done to each of them.
 * Throws what a pass throws, and the signal's reason when it is aborted.
 */
export async function measureSweep(
  sweep: FunctionDefinition,
  { sizes, runs, signal }: Measuring,
): Promise<readonly Measured[]> {
  const sampleEveryMs = sweepEnvironment(sweep.environment).deployment.sampleEverySeconds * 1000
  const all: Swept[] = []
  // A pass that is under way ends with its process.
  const stop = () => Promise.all(all.map(({ rig }) => rig.stop()))
  signal.addEventListener('abort', stop)
  try {
    for (const secrets of sizes) {
      signal.throwIfAborted()
      const rig = await startRig(sweep, secrets)
      all.push({ secrets, rig, measured: { first: [await rig.pass()], between: [], look: [] } })
      await findOutAges(rig, secrets)
    }
    const makePass = async (waitMs: number, pass?: Pass) => {
      for (const { rig, measured } of all) {
        rig.wait(waitMs)
        const run = await rig.pass()
        if (pass !== undefined) measured[pass].push(run)
      }
    }
    await makePass(sampleEveryMs)
    for (let run = 0; run < runs; run++) {
      await makePass(BETWEEN_MS, 'between')
      await makePass(sampleEveryMs - BETWEEN_MS, 'look')
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await stop()
  }
  return passes.flatMap((pass) =>
    all.map(({ secrets, measured }) => ({ secrets, pass, runs: measured[pass] })),
  )
}

/** More than 10,000 secrets take. */
const MOST_PASSES = 12

/** Passes until the census asks for nothing any more. */
async function findOutAges(rig: Rig, secrets: number): Promise<void> {
  const { ListSecretVersionIds: known } = promisedCalls(secrets, 'between')
  for (let made = 0; made < MOST_PASSES; made++) {
    const { calls } = await rig.pass()
    if (calls.ListSecretVersionIds === known) return
  }
  throw new Error(`the census asks for ages in ${MOST_PASSES} passes and does not come to an end`)
}

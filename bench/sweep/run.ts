import type { FunctionDefinition } from '../../sandbox/lambda/function-definition.ts'
import { type Measured, promisedCalls, type Run } from './figures.ts'
import { type Rig, startRig } from './rig.ts'

interface Measuring {
  readonly secrets: number
  /** Processes that start, and passes of each other kind in the last of them. */
  readonly runs: number
  readonly signal: AbortSignal
}

const MINUTE_MS = 60_000

/** Throws what a pass throws, and the signal's reason when it is aborted. */
export async function measureSweep(
  sweep: FunctionDefinition,
  { secrets, runs, signal }: Measuring,
): Promise<readonly Measured[]> {
  const [first, between, look]: [Run[], Run[], Run[]] = [[], [], []]
  for (let start = 0; start < runs; start++)
    await withRig(sweep, secrets, signal, async (rig) => {
      first.push(await rig.pass())
      if (start < runs - 1) return
      await findOutAges(rig, secrets)
      for (let run = 0; run < runs; run++) {
        rig.wait(5 * MINUTE_MS)
        between.push(await rig.pass())
        rig.wait(10 * MINUTE_MS)
        look.push(await rig.pass())
      }
    })
  return [
    { secrets, pass: 'first', runs: first },
    { secrets, pass: 'between', runs: between },
    { secrets, pass: 'look', runs: look },
  ]
}

/** More than 10,000 secrets take. */
const MOST_PASSES = 12

/** Passes until the census asks for nothing any more; the last of them looks who uses what drains. */
async function findOutAges(rig: Rig, secrets: number): Promise<void> {
  const { ListSecretVersionIds: known } = promisedCalls(secrets, 'look')
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    rig.wait(15 * MINUTE_MS)
    const { calls } = await rig.pass()
    if (calls.ListSecretVersionIds === known) return
  }
  throw new Error(`the census asks for ages in ${MOST_PASSES} passes and does not come to an end`)
}

async function withRig(
  sweep: FunctionDefinition,
  secrets: number,
  signal: AbortSignal,
  use: (rig: Rig) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const rig = await startRig(sweep, secrets)
  // A pass that is under way ends with its process.
  const stop = () => void rig.stop()
  signal.addEventListener('abort', stop)
  try {
    await use(rig)
  } finally {
    signal.removeEventListener('abort', stop)
    await rig.stop()
  }
}

import { startProvider } from '../../provider/server.ts'
import { failed, type RotationFacts, type RunFacts } from '../facts.ts'
import { type Ground, KeyRun } from '../keys/key-run.ts'
import { accessKeyScript, mailKeyScript, type Script } from '../keys/scripts.ts'
import { between } from '../tally.ts'
import { until } from '../wait.ts'
import type { Stage } from './stage.ts'

export interface ScriptsOptions extends Ground, Pick<Stage, 'tell'> {
  /** Swaps of each kind. */
  readonly swaps: number
}

/** The controls of the keys: the same applications, and a script that swaps what they use. */
export async function playKeyScripts(options: ScriptsOptions): Promise<readonly RunFacts[]> {
  const { sandbox, tell } = options
  const provider = await startProvider({ clock: sandbox.clock, frontEndsMs: sandbox.provider.frontEndsMs })
  try {
    const title = 'Control: keys by script'
    tell({ is: 'run begins', title, explanation: 'a new key is stored, and the old one deleted at once' })
    const runs = await Promise.all([
      playScript(accessKeyScript(sandbox), options),
      playScript(mailKeyScript(sandbox, provider), options),
    ])
    for (const run of runs) {
      for (const rotation of run.rotations) tell({ is: 'rotation over', rotation })
      tell({ is: 'run over', run })
    }
    return runs
  } finally {
    await provider.close()
  }
}

async function playScript<Value>(script: Script<Value>, options: ScriptsOptions): Promise<RunFacts> {
  let run: KeyRun<Value> | undefined
  try {
    await script.prepare()
    run = await KeyRun.start(script.kind, options)
    const rotations: RotationFacts[] = []
    for (let number = 1; number <= options.swaps; number += 1)
      rotations.push(await swap(script, run, options, number))
    await run.stop()
    return run.facts(rotations)
  } finally {
    await run?.stop()
    script.close()
  }
}

async function swap<Value>(
  { kind, swap: run }: Script<Value>,
  { read, tally }: KeyRun<Value>,
  { sandbox, signal }: ScriptsOptions,
  number: number,
): Promise<RotationFacts> {
  const [before, traffic, startedAt] = [await read(), tally.traffic(), performance.now()]
  await run(before)
  const swappedAt = performance.now()
  const after = await read()
  const usedAt = await until(`every client of ${kind.secret} uses the next key`, signal, () =>
    tally.rolledOut(after.versionId),
  )
  const made = between(traffic, tally.traffic())
  return {
    number,
    begunBy: 'person',
    at: sandbox.clock.now(),
    version: after.versionId,
    from: kind.shown(before),
    to: kind.shown(after),
    phases: {
      generate: swappedAt - startedAt,
      makeValid: Number.NaN,
      rollOut: usedAt - swappedAt,
      drain: undefined,
      quarantine: undefined,
    },
    expectedRung: '',
    queries: made.queries,
    failed: failed(made),
  }
}

import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { DescribeSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { FunctionDefinition } from '../sandbox/lambda/function-definition.ts'
import type { LambdaHost } from '../sandbox/lambda/host.ts'
import type { PostgresServer } from '../sandbox/postgres/server.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Bundle } from './figures.ts'
import { type StepRecord, type Steps, watchSteps } from './steps.ts'

/** The functions that are measured, by the names that bench/overlap.config.ts gives them. */
export const functionNames = [
  'overlap-rotate-postgres-loopback',
  'overlap-retire-postgres-loopback',
  'overlap-sweep',
] as const
export type FunctionName = (typeof functionNames)[number]

export interface Rig {
  readonly postgres: PostgresServer
  readonly lambda: LambdaHost
  /** Function to the size of its code. */
  readonly bundles: Readonly<Record<string, Bundle>>
  /** One rotation through Secrets Manager's own runner. Throws when it does not succeed. */
  rotate(): Promise<Rotation>
  /** Retires the replaced user, which frees its slot for the next rotation. */
  retire(): Promise<void>
  /** Invokes a function. Throws when it fails. */
  invoke(name: FunctionName, payload: unknown): Promise<void>
  stop(): Promise<void>
}

/** Times in milliseconds. */
export interface Rotation {
  /** From the first step's invocation to the last step's answer. */
  readonly ms: number
  /** From the call of RotateSecret until the rotation is over, as its caller sees it. */
  readonly wallMs: number
  readonly steps: readonly StepRecord[]
}

/** The sandbox with the functions that cdk synth wrote, but no sweep by itself: its passes would share the processors with what is measured. */
export async function startRig(): Promise<Rig> {
  let steps: Steps | undefined
  let calls: () => Readonly<Record<string, number>> = () => ({})
  const sandbox = await startSandbox({
    config: 'bench/overlap.config.ts',
    version: 18,
    replica: false,
    quiet: true,
    retryDelaysMs: [],
    watch(functions) {
      steps = watchSteps(functions, () => calls())
      return steps.functions
    },
  })
  const { client, lambda, postgres, secret: SecretId, secretsManager } = sandbox
  calls = secretsManager.calls
  const invoke = async (name: FunctionName, payload: unknown) => {
    const outcome = await lambda.invoke(name, payload)
    if (!outcome.ok) throw new Error(`${name}: ${outcome.errorType}: ${outcome.errorMessage}`)
  }
  return {
    postgres,
    lambda,
    bundles: Object.fromEntries(
      lambda.definitions().map((definition) => [definition.name, bundleOf(definition)]),
    ),
    invoke,
    async rotate() {
      steps?.restart()
      const began = performance.now()
      await client.send(new RotateSecretCommand({ SecretId }))
      await secretsManager.idle(SecretId)
      const wallMs = performance.now() - began
      const record = secretsManager.rotations(SecretId).at(-1)
      if (record?.outcome !== 'succeeded' || !steps)
        throw new Error(
          `a rotation did not succeed: ${record?.failedStep}: ${record?.errorType}: ${record?.errorMessage}`,
        )
      return { ...steps.taken(), wallMs }
    },
    async retire() {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }))
      const draining = Object.entries(VersionIdsToStages ?? {}).find(([, labels]) =>
        labels.includes('DRAINING'),
      )
      // Without a quarantine, as the sweep does for a drain of 0.
      for (const action of ['disable', 'remove'])
        await invoke('overlap-retire-postgres-loopback', {
          action,
          secretId: SecretId,
          versionId: draining?.[0],
          evenIfUsed: action === 'disable',
        })
    },
    stop: sandbox.stop,
  }
}

function bundleOf({ bundle }: FunctionDefinition): Bundle {
  const folder = path.dirname(bundle)
  const code = readdirSync(folder).filter((file) => file.endsWith('.js'))
  const sizes = code.map((file) => statSync(path.join(folder, file)).size)
  return { bytes: statSync(bundle).size, totalBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

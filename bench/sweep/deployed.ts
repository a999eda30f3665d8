import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readAssembly } from '../../sandbox/assembly/assembly.ts'
import { assemblyOf } from '../../sandbox/assembly/synthesize.ts'
import type { FunctionDefinition } from '../../sandbox/lambda/function-definition.ts'

/** Of AWS::Lambda::Function, as far as it is read here. */
interface FunctionProperties {
  readonly FunctionName?: string
  readonly Code: { readonly S3Key: string }
  readonly Handler: string
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> }
  readonly Timeout: number
  readonly MemorySize: number
}

/** The sweep as cdk synth wrote it: its bundle, its limits and its variables. Calls `use` with it, after which the bundle may be gone. */
export async function withDeployedSweep<T>(use: (sweep: FunctionDefinition) => Promise<T>): Promise<T> {
  const temporaryRoot = tmpdir()
  const runFolder = await mkdtemp(path.join(temporaryRoot, 'overlap-assembly-'))
  try {
    return await use(sweepIn(await assemblyOf('bench/sweep/overlap.config.ts', { temporaryRoot, runFolder })))
  } finally {
    await rm(runFolder, { recursive: true })
  }
}

function sweepIn(assembly: string): FunctionDefinition {
  for (const { resources, assets } of readAssembly(assembly))
    for (const { Type, Properties } of Object.values(resources)) {
      const { FunctionName, ...properties } = (Properties ?? {}) as unknown as FunctionProperties
      if (Type === 'AWS::Lambda::Function' && FunctionName === 'overlap-sweep')
        return definitionOf(FunctionName, properties, assets)
    }
  throw new Error('the templates have no function overlap-sweep')
}

function definitionOf(
  name: string,
  { Code, Handler, Environment, Timeout, MemorySize }: Omit<FunctionProperties, 'FunctionName'>,
  assets: Readonly<Record<string, string>>,
): FunctionDefinition {
  return {
    name,
    bundle: path.join(assets[Code.S3Key] ?? '', `${Handler.slice(0, Handler.lastIndexOf('.'))}.js`),
    handler: Handler,
    environment: Object.fromEntries(
      Object.entries(Environment.Variables).map(([variable, value]) => {
        if (typeof value === 'string') return [variable, value]
        throw new Error(`${variable} is not known before the deployment`)
      }),
    ),
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
  }
}

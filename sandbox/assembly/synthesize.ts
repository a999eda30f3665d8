import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cached, forgetUnused } from '../cache.ts'
import { fingerprint } from './fingerprint.ts'

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

/** The app of cdk.json, without `npx`, which takes a second to find it. */
export const APP = 'infra/app.ts'

/** What the app's output depends on, besides the context and the configuration. `package-lock.json` stands for all of node_modules. */
const SOURCES = ['infra', 'lambdas', 'sandbox/provider/definition.ts', 'package-lock.json', 'tsconfig.json']

const TAIL_OF_OUTPUT = 4_000

/** Every change of the sources leaves an assembly of five megabytes behind. */
const UNUSED_MS = 7 * 24 * 3_600_000

/** Writes the assembly of a configuration into a folder that does not exist yet. */
export type Synthesis = (context: Readonly<Record<string, unknown>>, folder: string) => Promise<void>

/**
 * The folder of what `cdk synth -c config=...` writes, made anew only when something that it depends on has changed. It is to be read only.
 *
 * @param config path of an overlap.config.ts, from the project's root
 * @param runFolder a folder of this run, in `temporaryRoot`: it holds the assembly when the cache cannot
 * @throws with the app's own words when it refuses the configuration
 */
export async function assemblyOf(
  config: string,
  place: { readonly temporaryRoot: string; readonly runFolder: string },
  synthesize: Synthesis = runApp,
): Promise<string> {
  const context = contextOf(config)
  const key = fingerprint(projectRoot, [...SOURCES, config], [JSON.stringify(context)])
  const found = await cached({ ...place, name: `assembly-${key}` }, (folder) => synthesize(context, folder))
  forgetUnused(place, 'assembly-', UNUSED_MS)
  return found
}

/**
 * As the CDK command line has it: the context of cdk.json, what its own defaults add
 * (https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/toolkit-lib/lib/api/cloud-assembly/environment.ts), and `-c config=...`.
 */
function contextOf(config: string): Readonly<Record<string, unknown>> {
  const { context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8')) as { context: object }
  return {
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:enable-asset-metadata': true,
    'aws:cdk:disable-version-reporting': true,
    'aws:cdk:bundling-stacks': ['**'],
    ...context,
    config,
  }
}

/** The CDK command line without the command line: no account is asked and nothing is looked up. */
async function runApp(context: Readonly<Record<string, unknown>>, folder: string): Promise<void> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name))
  const env = { ...Object.fromEntries(own), CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) }
  const options = { cwd: projectRoot, env, maxBuffer: 64 * 1024 * 1024 }
  await promisify(execFile)(process.execPath, ['--import', 'tsx', APP], options).catch(
    (error: { readonly stderr?: string; readonly message: string }) => {
      const said = (error.stderr?.trim() || error.message).slice(-TAIL_OF_OUTPUT)
      throw new Error(`${APP} does not synthesize with config ${context.config}:\n${said}`)
    },
  )
}

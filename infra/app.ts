import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { bundleHandlers } from './bundling.ts'
import { ConfigurationError } from './checks/problems.ts'
import { CONFIG_FILE, readConfig } from './config-file.ts'
import { functionSettings, type HandlerName } from './function-settings.ts'
import type { FunctionCode } from './overlap-function.ts'
import { addStacks } from './stacks.ts'

/** The folder of each handler's bundle, in `outDir`. */
async function bundledCode(outDir: string): Promise<FunctionCode> {
  const bundles = await bundleHandlers(outDir)
  const folderOf = (handler: HandlerName) => {
    const bundle = bundles[handler]
    if (!bundle) throw new Error(`lambdas/handlers/${handler}.ts is missing`)
    return bundle.folder
  }
  const handlers = Object.keys(functionSettings) as HandlerName[]
  return Object.fromEntries(handlers.map((handler) => [handler, folderOf(handler)])) as Record<
    HandlerName,
    string
  >
}

const app = new App()
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
const folder = await mkdtemp(path.join(tmpdir(), 'overlap-synth-'))
try {
  const file: unknown = app.node.tryGetContext('config') ?? CONFIG_FILE
  addStacks(app, await readConfig(String(file)), await bundledCode(folder))
  app.synth()
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  // Where in our code it was noticed helps nobody.
  console.error(error.message)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}

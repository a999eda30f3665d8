import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { App } from 'aws-cdk-lib'
import { bundleHandlers } from './bundling.ts'
import { refuse } from './checks/problems.ts'
import type { OverlapConfig } from './deployment.ts'
import { functionSettings, type HandlerName } from './function-settings.ts'
import type { FunctionCode } from './overlap-function.ts'
import { addStacks } from './stacks.ts'

/** `-c config=PATH` chooses another file. */
async function configuration(app: App): Promise<OverlapConfig> {
  const file: unknown = app.node.tryGetContext('config') ?? 'overlap.config.ts'
  const exported = await import(pathToFileURL(path.resolve(String(file))).href)
  if (!Array.isArray(exported.default?.environments))
    refuse([
      {
        code: 'CONFIG_UNREADABLE',
        subject: String(file),
        field: 'default',
        message: 'must export the configuration by default: an object with environments',
      },
    ])
  return exported.default
}

async function code(folder: string): Promise<FunctionCode> {
  const bundles = await bundleHandlers(folder)
  const names = Object.keys(functionSettings) as HandlerName[]
  const folders = await Promise.all(
    names.map(async (name) => {
      const bundle = bundles[name]
      if (bundle) return [name, bundle.folder]
      await mkdir(path.join(folder, name), { recursive: true })
      await writeFile(path.join(folder, name, 'index.js'), '')
      return [name, path.join(folder, name)]
    }),
  )
  return Object.fromEntries(folders)
}

const app = new App()
const folder = await mkdtemp(path.join(tmpdir(), 'overlap-synth-'))
try {
  addStacks(app, await configuration(app), await code(folder))
  app.synth()
} finally {
  await rm(folder, { recursive: true })
}

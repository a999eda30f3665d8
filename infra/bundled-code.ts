import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleHandlers } from './bundling.ts'
import { functionSettings, type HandlerName } from './function-settings.ts'
import type { FunctionCode } from './overlap-function.ts'

/** Bundles every function into a folder that is there while `build` runs: by then CDK has copied what it needs. Rejects with what `build` throws. */
export async function withBundledCode(build: (code: FunctionCode) => void | Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-synth-'))
  try {
    const bundles = await bundleHandlers(folder)
    const handlers = Object.keys(functionSettings) as HandlerName[]
    const folders = handlers.map((handler) => {
      const bundle = bundles[handler]
      if (!bundle) throw new Error(`lambdas/handlers/${handler}.ts is missing`)
      return [handler, bundle.folder]
    })
    await build(Object.fromEntries(folders) as FunctionCode)
  } finally {
    await rm(folder, { recursive: true })
  }
}

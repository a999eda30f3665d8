import { bundleHandlers } from '../../infra/bundling.ts'

/**
 * Bundles every deployed function into `<outDir>/<name>/index.js`, exactly as a deployment does. Keyed by the handler's name.
 * `bytes` is the size of index.js, `totalBytes` that of all the code with what is loaded on demand.
 */
export function bundleFunctions(
  outDir: string,
): Promise<Record<string, { file: string; bytes: number; totalBytes: number }>> {
  return bundleHandlers(outDir)
}

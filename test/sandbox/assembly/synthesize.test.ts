import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readAssembly } from '../../../sandbox/assembly/assembly.ts'
import { APP, assemblyOf, projectRoot, type Synthesis } from '../../../sandbox/assembly/synthesize.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const CONFIG = 'sandbox/overlap.config.ts'

/** A place whose cache nobody has used. */
function place() {
  const temporaryRoot = mkdtempSync(path.join(tmpdir(), 'overlap-synthesize-'))
  let runs = 0
  return {
    temporaryRoot,
    run() {
      runs += 1
      const runFolder = path.join(temporaryRoot, `run-${runs}`)
      mkdirSync(runFolder)
      return { temporaryRoot, runFolder }
    },
    remove: () => rmSync(temporaryRoot, { recursive: true }),
  }
}

describe('the cache of assemblies', () => {
  let here: ReturnType<typeof place>
  let made: (readonly [config: unknown, folder: string])[]

  beforeEach(() => {
    here = place()
    made = []
  })
  afterEach(() => here.remove())

  const synthesis: Synthesis = async (context, folder) => {
    made.push([context.config, folder])
    mkdirSync(folder)
    await new Promise((resolve) => setImmediate(resolve))
    writeFileSync(path.join(folder, 'manifest.json'), '{}')
  }
  const ask = (config = CONFIG) => assemblyOf(config, here.run(), synthesis)
  const isWhole = (folder: string) => readFileSync(path.join(folder, 'manifest.json'), 'utf8') === '{}'

  it('synthesizes once for sources that stay the same', async () => {
    const first = await ask()
    const second = await ask()

    expect(second).toBe(first)
    expect(made).toHaveLength(1)
  })

  it('knows one configuration from another', async () => {
    await ask()
    await ask('overlap.config.ts')

    expect(made.map(([config]) => config)).toEqual([CONFIG, 'overlap.config.ts'])
  })

  it('gives two that ask at once a whole assembly each', async () => {
    const folders = await Promise.all([ask(), ask()])

    expect(folders.map(isWhole)).toEqual([true, true])
    expect(isWhole(await ask())).toBe(true)
    expect(made).toHaveLength(2)
  })

  it('never gives out what a synthesis left that failed half-way', async () => {
    const failing: Synthesis = async (_, folder) => {
      mkdirSync(folder)
      writeFileSync(path.join(folder, 'manifest.json'), '{')
      throw new Error('no room')
    }
    await expect(assemblyOf(CONFIG, here.run(), failing)).rejects.toThrow('no room')

    expect(isWhole(await ask())).toBe(true)
  })
})

describe('a synthesis', () => {
  let here: ReturnType<typeof place>
  let folder: string

  beforeAll(async () => {
    here = place()
    folder = await assemblyOf(CONFIG, here.run())
  })
  afterAll(() => here.remove())

  it('is what the CDK command line writes', () => {
    const output = path.join(here.temporaryRoot, 'cdk.out')
    const args = ['synth', '--quiet', '-c', `config=${CONFIG}`, '--output', output]
    execFileSync(path.join(projectRoot, 'node_modules/.bin/cdk'), args, { cwd: projectRoot, stdio: 'pipe' })

    const templates = (from: string) =>
      ['Overlap-sandbox', 'Overlap-sandbox-shop'].map((stack) =>
        JSON.parse(readFileSync(path.join(from, `${stack}.template.json`), 'utf8')),
      )
    expect(templates(folder)).toEqual(templates(output))
    const { app } = JSON.parse(readFileSync(path.join(projectRoot, 'cdk.json'), 'utf8'))
    expect(app).toBe(`npx tsx ${APP}`)
  })

  it('can be read whole', () => {
    const [deployment, shop] = readAssembly(folder)

    expect([deployment?.name, shop?.name]).toEqual(['Overlap-sandbox', 'Overlap-sandbox-shop'])
    const types = Object.values(deployment?.resources ?? {}).map(({ Type }) => Type)
    expect(types).toEqual(expect.arrayContaining(['AWS::Lambda::Function', 'AWS::Scheduler::Schedule']))
  })

  it('that the app refuses says why', async () => {
    const config = path.join(here.temporaryRoot, 'refused.config.ts')
    writeFileSync(config, 'export default { environments: "none" }\n')

    await expect(assemblyOf(path.relative(projectRoot, config), here.run())).rejects.toThrow(
      /does not synthesize with config [^\n]*refused\.config\.ts:[\s\S]*CONFIG_UNREADABLE/,
    )
  })
})

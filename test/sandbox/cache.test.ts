import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cached, forgetUnused } from '../../sandbox/cache.ts'

let root: string
let runs: number
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'overlap-cache-test-'))
  runs = 0
})
afterEach(() => rmSync(root, { recursive: true }))

/** What a run of its own asks for. */
function ask(make?: (folder: string) => Promise<void>): Promise<string> {
  runs += 1
  const runFolder = join(root, `run-${runs}`)
  mkdirSync(runFolder)
  return cached({ temporaryRoot: root, runFolder, name: 'entry' }, make ?? fill)
}

let made = 0
beforeEach(() => {
  made = 0
})
async function fill(folder: string): Promise<void> {
  made += 1
  mkdirSync(join(folder, 'inner'), { recursive: true })
  writeFileSync(join(folder, 'a'), 'one')
  writeFileSync(join(folder, 'inner', 'b'), 'two')
}
const cacheFolder = () => join(root, `overlap-cache-${process.getuid?.() ?? 0}`)

describe('the cache', () => {
  it('makes an entry once for all runs', async () => {
    const first = await ask()
    expect(await ask()).toBe(first)
    expect(made).toBe(1)
    expect(readFileSync(join(first, 'inner', 'b'), 'utf8')).toBe('two')
    expect(statSync(cacheFolder()).mode & 0o022).toBe(0)
  })

  it.each([
    ['a file', (folder: string) => rmSync(join(folder, 'inner', 'b'))],
    ['a part of a file', (folder: string) => writeFileSync(join(folder, 'a'), 'o')],
    ['its measure', (folder: string) => rmSync(join(folder, '..', 'size.json'))],
    ['everything', (folder: string) => rmSync(folder, { recursive: true })],
  ])('makes an entry again that has lost %s', async (_, damage) => {
    damage(await ask())
    const again = await ask()
    expect(made).toBe(2)
    expect(readFileSync(join(again, 'a'), 'utf8')).toBe('one')
    expect(await ask()).toBe(again)
    expect(made).toBe(2)
  })

  it('serves runs that make the same entry at the same time', async () => {
    const folders = await Promise.all([ask(), ask()])
    for (const folder of folders) expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one')
    expect(readdirSync(cacheFolder())).toEqual(['entry'])
  })

  it('keeps nothing of a run that failed or died while it made an entry', async () => {
    await expect(
      ask(async (folder) => {
        await fill(folder)
        throw new Error('died')
      }),
    ).rejects.toThrow('died')
    expect(readdirSync(cacheFolder())).toEqual([])
  })

  it('is not used when others may write to it: each run makes its own then', async () => {
    mkdirSync(cacheFolder())
    chmodSync(cacheFolder(), 0o777)
    expect(await ask()).not.toBe(await ask())
    expect(made).toBe(2)
    expect(readdirSync(cacheFolder())).toEqual([])
  })

  it('forgets what nobody has used for long, of the kind that it is told', async () => {
    const place = (run: string) => ({ temporaryRoot: root, runFolder: join(root, run) })
    for (const name of ['assembly-1', 'assembly-2', 'data-1']) {
      mkdirSync(join(root, `run-of-${name}`))
      await cached({ ...place(`run-of-${name}`), name }, fill)
      const longAgo = new Date(Date.now() - 8_000)
      utimesSync(join(cacheFolder(), name), longAgo, longAgo)
    }
    await cached({ ...place('run-of-assembly-2'), name: 'assembly-2' }, fill)
    forgetUnused(place('run-of-assembly-1'), 'assembly-', 5_000)

    expect(readdirSync(cacheFolder()).toSorted()).toEqual(['assembly-2', 'data-1'])
  })
})

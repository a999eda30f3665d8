import { once } from 'node:events'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkPlace, NoSuchPlace, writeWhole } from '../../../cli/inventory/html-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-page-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (...names: string[]) => path.join(folder, ...names)

describe('a page', () => {
  it('is written, takes the place of the one before, and leaves nothing beside it', async () => {
    await checkPlace(at('a.html'))
    expect(await readdir(folder)).toEqual([])
    for (const text of ['one', 'two']) {
      await writeWhole(at('a.html'), [text, 'ä', text])
      expect(await readFile(at('a.html'), 'utf8')).toBe(`${text}ä${text}`)
    }
    expect(await readdir(folder)).toEqual(['a.html'])
  })

  it('is for its owner alone when it is new, and otherwise for whom the one before was', async () => {
    const modeOf = async (name: string) => ((await stat(at(name))).mode & 0o777).toString(8)
    await writeWhole(at('new.html'), ['text'])
    for (const [name, mode] of [
      ['shared.html', 0o664],
      ['private.html', 0o400],
    ] as const) {
      await writeFile(at(name), 'before')
      await chmod(at(name), mode)
      await writeWhole(at(name), ['text'])
    }
    expect([await modeOf('new.html'), await modeOf('shared.html'), await modeOf('private.html')]).toEqual([
      '600',
      '664',
      '400',
    ])
  })

  it('that cannot be made to its end leaves the one before as it was, and nothing beside it', async () => {
    await writeFile(at('a.html'), 'before')
    const defect = new TypeError('a defect')
    function* broken() {
      yield 'one'
      throw defect
    }
    await expect(writeWhole(at('a.html'), broken())).rejects.toBe(defect)
    expect(await readFile(at('a.html'), 'utf8')).toBe('before')
    expect(await readdir(folder)).toEqual(['a.html'])
  })

  it('goes to where a link leads, which stays a link', async () => {
    await mkdir(at('kept'))
    await writeFile(at('kept', 'b.html'), 'before')
    await symlink(path.join('kept', 'b.html'), at('a.html'))
    await writeWhole(at('a.html'), ['text'])
    expect(await readFile(at('kept', 'b.html'), 'utf8')).toBe('text')
    expect(await readlink(at('a.html'))).toBe(path.join('kept', 'b.html'))
  })

  it.each([
    ['in a folder that is not there', () => at('none', 'a.html'), /there is no folder .*none$/],
    ['in what is no folder', () => at('file', 'a.html'), /is no folder$/],
    ['where a folder is', () => at('folder'), /is no file$/],
    ['where a socket is', () => at('socket'), /is no file$/],
  ])('%s is refused, before the work and after it', async (_, place, says) => {
    await writeFile(at('file'), 'kept')
    await mkdir(at('folder'))
    const socket = createServer().listen(at('socket'))
    await once(socket, 'listening')
    for (const attempt of [() => checkPlace(place()), () => writeWhole(place(), ['text'])])
      await expect(attempt()).rejects.toThrow(says)
    await expect(checkPlace(place())).rejects.toBeInstanceOf(NoSuchPlace)
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'folder', 'socket'])
    expect(await readFile(at('file'), 'utf8')).toBe('kept')
    socket.close()
  })

  it('where nothing may be written is refused', async () => {
    await chmod(folder, 0o500)
    // Root may write nearly everywhere.
    const place = process.getuid?.() === 0 ? '/sys/a.html' : at('a.html')
    for (const attempt of [() => checkPlace(place), () => writeWhole(place, ['text'])])
      await expect(attempt()).rejects.toThrow(/nothing may be written in/)
  })
})

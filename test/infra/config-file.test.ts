import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../infra/config-file.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-config-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function written(text: string): Promise<string> {
  const file = path.join(folder, `${text.length}.config.ts`)
  await writeFile(file, text)
  return file
}

describe('the file that a user edits', () => {
  it('is read', async () => {
    const file = await written("export default { environments: [{ name: 'production' }] }")
    expect(await readConfig(file)).toEqual({ environments: [{ name: 'production' }] })
  })

  it.each([
    ['exports nothing by default', 'export const environments = []'],
    ['has no environments', 'export default {}'],
    ['has an empty list of them', 'export default { environments: [] }'],
  ])('is refused when it %s', async (_, text) => {
    await expect(readConfig(await written(text))).rejects.toThrow(
      /^CONFIG_UNREADABLE: .*field environments: must be a list/,
    )
  })

  it('is refused when it is not there', async () => {
    await expect(readConfig(path.join(folder, 'nothing.ts'))).rejects.toThrow(
      /^CONFIG_UNREADABLE: .*nothing\.ts, field config/,
    )
  })

  it('says its own mistakes itself', async () => {
    await expect(readConfig(await written("throw new Error('mistaken')"))).rejects.toThrow(/^mistaken$/)
    await expect(readConfig(await written("import './absent.ts'\nexport default {}"))).rejects.toThrow(
      'absent.ts',
    )
  })
})

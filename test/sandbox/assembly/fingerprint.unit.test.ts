import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fingerprint } from '../../../sandbox/assembly/fingerprint.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'overlap-fingerprint-'))
  mkdirSync(join(root, 'infra', 'checks'), { recursive: true })
  writeFileSync(join(root, 'infra', 'app.ts'), 'one')
  writeFileSync(join(root, 'infra', 'checks', 'names.ts'), 'two')
  writeFileSync(join(root, 'config.ts'), 'three')
})
afterEach(() => rmSync(root, { recursive: true }))

const taken = (more: readonly string[] = []) => fingerprint(root, ['infra', 'config.ts'], more)

it('is the same for the same files, wherever they are', () => {
  const before = taken()
  const elsewhere = `${root}-moved`
  renameSync(root, elsewhere)
  root = elsewhere
  expect(taken()).toBe(before)
  expect(before).toMatch(/^[0-9a-f]{32}$/)
})

it.each<readonly [string, () => void]>([
  ['the content of a file', () => writeFileSync(join(root, 'infra', 'checks', 'names.ts'), 'twx')],
  ['the name of a file', () => renameSync(join(root, 'infra', 'app.ts'), join(root, 'infra', 'bpp.ts'))],
  ['a further file', () => writeFileSync(join(root, 'infra', 'empty.ts'), '')],
  ['a file that is gone', () => rmSync(join(root, 'infra', 'checks', 'names.ts'))],
  ['the configuration', () => writeFileSync(join(root, 'config.ts'), 'four')],
])('changes with %s', (_, change) => {
  const before = taken()
  change()
  expect(taken()).not.toBe(before)
})

it('changes with what else counts, and does not take a file that is not listed', () => {
  const before = taken()
  writeFileSync(join(root, 'README.md'), 'nobody reads it')
  expect(taken()).toBe(before)
  expect(taken(['context'])).not.toBe(before)
})

it('needs every file', () => {
  rmSync(join(root, 'config.ts'))
  expect(() => taken()).toThrow('ENOENT')
})

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publishedLog } from '../../../sandbox/postgres/published-log.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'overlap-published-log-'))
  file = path.join(folder, 'primary.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const HOUR = 3_600_000
const read = () => publishedLog(file, 'shop.0', (realTime) => realTime + HOUR)

describe('what is published of a server’s log', () => {
  it('is an event for each line, at the time of the line by the reader’s clock', () => {
    writeFileSync(
      file,
      '2026-03-02 03:00:00.250 UTC::@:[7]:LOG:  one\n2026-03-02 03:00:01 UTC::@:[7]:LOG:  two\n',
    )
    expect(read()()).toEqual([
      {
        message: '2026-03-02 03:00:00.250 UTC::@:[7]:LOG:  one',
        timestamp: Date.parse('2026-03-02T04:00:00.250Z'),
        logStreamName: 'shop.0',
      },
      {
        message: '2026-03-02 03:00:01 UTC::@:[7]:LOG:  two',
        timestamp: Date.parse('2026-03-02T04:00:01Z'),
        logStreamName: 'shop.0',
      },
    ])
  })

  it('has lines that go on in the event of the line that they belong to', () => {
    writeFileSync(file, '2026-03-02 03:00:00 UTC::@:[7]:LOG:  statement: SELECT\n\t1\n')
    expect(read()().map(({ message }) => message)).toEqual([
      '2026-03-02 03:00:00 UTC::@:[7]:LOG:  statement: SELECT\n\t1',
    ])
  })

  it('goes on where it stopped, and leaves a line alone that is being written', () => {
    writeFileSync(file, '2026-03-02 03:00:00 UTC::@:[7]:LOG:  one\n2026-03-02 03:00:01 UTC::@:[7]:LO')
    const next = read()
    expect(next()).toHaveLength(1)
    expect(next()).toHaveLength(0)
    appendFileSync(file, 'G:  two\n')
    expect(next().map(({ message }) => message)).toEqual(['2026-03-02 03:00:01 UTC::@:[7]:LOG:  two'])
  })
})

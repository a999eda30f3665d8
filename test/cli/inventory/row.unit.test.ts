import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnLines, rowLines } from '../../../cli/inventory/row.ts'

const cell = (text: string, width: number, wraps = false) => ({ text, width, wraps })

/** What people write: printable, without blanks around it. */
const written = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.trim())

describe('a row', () => {
  it.each([
    ['what fits is padded', [cell('a', 3), cell('bcd', 3), cell('e', 5)], ['a   bcd e']],
    ['what does not is cut', [cell('abcdef', 4), cell('g', 1)], ['abc\u2026 g']],
    ['or wrapped', [cell('abcdef', 4, true), cell('g', 1)], ['abcd g', 'ef']],
    ['what is wide takes two columns for each', [cell('倉庫', 5), cell('g', 1)], ['倉庫  g']],
    ['what is on two lines stays so', [cell('LAST\nROTATED', 7), cell('g', 1)], ['LAST    g', 'ROTATED']],
  ])('%s', (_, cells, lines) => {
    expect(rowLines(cells)).toEqual(lines)
  })

  it('is the same whether it is padded or drawn', () => {
    const cells = fc.record({ text: written, width: fc.integer({ min: 3, max: 24 }), wraps: fc.boolean() })
    fc.assert(
      fc.property(fc.array(cells, { minLength: 1, maxLength: 7 }), (row) => {
        expect(rowLines(row)).toEqual(drawnLines(row))
      }),
    )
  })
})

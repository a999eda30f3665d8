import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiText, plainText } from '../../lambdas/report/plain-text.ts'

/** Of any code points, halves of characters included. */
const anything = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }))
  .map((points) => String.fromCodePoint(...points))

describe('text of others', () => {
  it.each([
    ['a line break, which forges a line', 'shop/app\nRunbook: http://evil', 'shop/app Runbook: http://evil'],
    ['the other line breaks', 'a\r\nb\u2028c\u2029d\u0085e', 'a b c d e'],
    ['escapes of a terminal', 'a\u001b[31mb', 'a [31mb'],
    ['what turns the direction of text', 'a\u202Eb\u2066c', 'a b c'],
    ['what cannot be seen', 'a\u200Bb\u00A0c\uFEFFd\u0000e', 'a b c d e'],
    ['half a character', 'a\uD800b', 'a b'],
    ['blanks around', '  a  b  ', 'a b'],
  ])('loses %s', (_what, text, expected) => {
    expect(plainText(text, 100)).toBe(expected)
  })

  it('keeps what people write', () => {
    expect(plainText('größe 東京 🔑 <b> "q" $x', 100)).toBe('größe 東京 🔑 <b> "q" $x')
  })

  it('is cut where it is too long, and says so', () => {
    expect(plainText('abcdef', 6)).toBe('abcdef')
    expect(plainText('abcdefg', 6)).toBe('abcde…')
    expect(plainText('🔑🔑🔑', 2)).toBe('🔑…')
  })

  it('is one line of no more than so many characters, whatever it was', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 50 }), (text, longest) => {
        const plain = plainText(text, longest)
        expect([...plain].length).toBeLessThanOrEqual(longest)
        expect(plain).not.toMatch(/[\p{C}\n]/u)
      }),
    )
  })

  it('is printable ASCII in a subject', () => {
    expect(asciiText('für 東京\nx', 100)).toBe('f?r ?? x')
    expect(asciiText('abcdefgh', 7)).toBe('abcdef.')
    fc.assert(
      fc.property(anything, (text) => {
        expect(asciiText(text, 20)).toMatch(/^[\x20-\x7e]{0,20}$/)
      }),
    )
  })
})

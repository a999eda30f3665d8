import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainJson, plainText } from '../../cli/plain-text.ts'

/** What a terminal obeys, or shows others by. */
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

describe('text of somebody else', () => {
  it.each([
    ['\u001b]0;title\u0007app', ' ]0;title app'],
    ['\u009b31mred', ' 31mred'],
    ['one\r\ntwo', 'one two'],
    ['pay\u202egnp.exe', 'paygnp.exe'],
    ['zero\u200bwidth', 'zerowidth'],
    ['line\u2028two', 'line two'],
    ['Müller ✓ 名前', 'Müller ✓ 名前'],
  ])('%j is shown as %j', (text, shown) => {
    expect(plainText(text)).toBe(shown)
  })

  it('never holds what a terminal obeys, as text or as JSON that is read back unchanged', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units)
        const json = plainJson([text])
        return !obeyed.test(plainText(text)) && !obeyed.test(json) && JSON.parse(json)[0] === text
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Html, html } from '../../lambdas/inventory/html.ts'

/** Of any code points, also of halves of characters. */
const anyText = fc.string({
  unit: fc.oneof(fc.nat(0x7f), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code)),
})

describe('html', () => {
  it.each([
    ['markup', '<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    ['both quotes', `" '`, '&quot; &#39;'],
    ['what turns direction', 'a\u202eb\u2066', 'a\\u202eb\\u2066'],
    ['what nobody sees', 'a\u200bb\u0000\u001b\ufeff', 'a\\u200bb\\u0000\\u001b\\ufeff'],
    ['line separators', 'a\u2028b', 'a\\u2028b'],
    ['half a character', '\ud800', '\\ud800'],
    ['a tag character, as two units', '\u{e0041}', '\\udb40\\udc41'],
    ['newlines, tabs and other scripts as they are', 'a\n\tÄ شركة', 'a\n\tÄ شركة'],
  ])('writes %s', (_, text, written) => {
    expect(html`${text}`.text).toBe(written)
  })

  it('takes what is markup already as it is, alone and in a list, and nothing for undefined', () => {
    const bold = html`<b>${'<'}</b>`
    expect(html`<p>${bold}${[bold, new Html('<i>')]}${undefined}${3}</p>`.text).toBe(
      '<p><b>&lt;</b><b>&lt;</b><i>3</p>',
    )
  })

  it('never lets text end its element, its attribute or a page', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(html`${text}`.text).not.toMatch(
          /[<>"'\u2028\u2029\u202a-\u202e\u2066-\u2069]|&(?!(?:amp|lt|gt|quot|#39);)/,
        )
      }),
    )
  })
})

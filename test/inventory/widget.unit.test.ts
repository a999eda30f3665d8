import { describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { widget } from '../../lambdas/inventory/widget.ts'
import { parseWidgetRequest, viewNames } from '../../lambdas/inventory/widget-request.ts'
import { aged, entry, hostile, hostileTexts, NOW } from './report-entries.ts'

const endpoint = 'arn:aws:lambda:eu-central-1:111122223333:function:overlap-inventory'
const drawn = (
  entries: readonly Entry[],
  event: object = { view: 'stale' },
  notes: readonly string[] = [],
) => {
  const request = parseWidgetRequest(event)
  if (request === 'describe') throw new Error('not a list')
  return widget(request, { entries, at: NOW, thresholds: DEFAULT_THRESHOLDS, endpoint, notes })
}
const namesIn = (html: string) =>
  [...html.matchAll(/<th scope="row">.*?<bdi>(.*?)<\/bdi>/g)].map((match) => match[1])

const fleet = [
  aged('fresh', 3),
  aged('due', 80),
  aged('stale', 100),
  aged('staler', 400),
  entry('unknown', { age: undefined, lastRotated: undefined, states: ['AGE_UNKNOWN'], because: 'denied' }),
  aged('never', 95, { lastRotated: undefined, states: ['NEVER_ROTATED', 'STALE'] }),
  aged('draining', 40, { states: ['FRESH', 'DRAINING'] }),
]

describe('what a widget is asked for', () => {
  it.each([
    ['a view', { view: 'drains' }, { view: 'drains', sort: undefined, theme: 'light' }],
    [
      'a view, sorted, in the dark',
      { view: 'stale', sort: 'age', descending: true, widgetContext: { theme: 'dark' } },
      { view: 'stale', sort: { key: 'age', descending: true }, theme: 'dark' },
    ],
    ['its description', { describe: true }, 'describe'],
  ])('can be %s', (_, event, request) => {
    expect(parseWidgetRequest(event)).toEqual(request)
  })

  it.each([
    [undefined, 'view must be one of stale, rotations, drains'],
    [{ view: 'Stale' }, 'view must be one of'],
    [{ view: 'constructor' }, 'view must be one of'],
    [{ view: 'stale', sort: '__proto__' }, 'sort must be one of'],
    [{ view: 'stale', descending: 'true' }, 'descending must be one of'],
  ])('cannot be %j', (event, message) => {
    expect(() => parseWidgetRequest(event)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(message) }),
    )
  })
})

describe('a widget', () => {
  it.each([
    ['stale', ['never', 'staler', 'stale', 'unknown']],
    ['rotations', ['fresh', 'draining', 'due', 'stale', 'staler']],
    ['drains', ['draining']],
  ])('lists %s', (view, names) => {
    expect(namesIn(drawn(fleet, { view }))).toEqual(names)
  })

  it('sorts as it is asked, says how in aria-sort, and offers the other way', () => {
    const html = drawn(fleet, { view: 'stale', sort: 'age', descending: false })
    expect(namesIn(html)).toEqual(['never', 'stale', 'staler', 'unknown'])
    expect(html.match(/aria-sort="\w+"/g)).toEqual(['aria-sort="ascending"'])
    expect(html).toContain(
      '{&quot;view&quot;:&quot;stale&quot;,&quot;sort&quot;:&quot;age&quot;,&quot;descending&quot;:true}',
    )
    expect(html).toContain(`endpoint="${endpoint}"`)
  })

  it('has owner and path beside each, and the entry to paste behind a link', () => {
    const path = { kind: 'postgres', says: 'Paste the entry', entry: "{ name: 'a' },", run: undefined }
    const html = drawn([aged('a', 100, { owner: 'team-a', path })])
    expect(html).toContain('<bdi>team-a</bdi>')
    expect(html).toContain(
      'Paste the entry <a>Entry</a><cwdb-action action="html" display="popup"><pre>{ name: &#39;a&#39; },</pre></cwdb-action>',
    )
  })

  it('stops at 200 and says how many more there are', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => aged(`s${at}`, 100 + at))
    const html = drawn(many)
    expect(namesIn(html)).toHaveLength(200)
    expect(html).toContain('and 800 more')
    expect(html).toContain('1000 of 1000 secrets')
  })

  it.each(viewNames)('says so when nothing is in the list of %s, and what it lacks', (view) => {
    const html = drawn([], { view }, ['Time was up after 3 secrets.'])
    expect(html).toMatch(/<p>No .*\.<\/p>/)
    expect(html).toContain('Time was up after 3 secrets.')
    expect(html).not.toContain('<table>')
  })

  it('holds no script and only links to the console, whatever names are', () => {
    const entries = hostileTexts('http://evil.example').map((text) => hostile(text))
    for (const view of viewNames) {
      const html = drawn(entries, { view }, hostileTexts('http://evil.example'))
      const tags = html.match(/<[^>]*>/g) ?? []
      expect(new Set(tags.map((tag) => /^<\/?([a-z-]+)/.exec(tag)?.[1]))).toEqual(
        new Set(
          [
            'div',
            'style',
            'p',
            'table',
            'caption',
            'thead',
            'tr',
            'th',
            'a',
            'cwdb-action',
            'tbody',
            'bdi',
            'td',
            'span',
            'code',
          ].concat(view === 'stale' ? ['pre'] : []),
        ),
      )
      for (const [, href] of html.matchAll(/href="([^"]*)"/g))
        expect(href?.replaceAll('&#39;', "'")).toMatch(
          /^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/secretsmanager\/secret\?name=[A-Za-z0-9%!()*~_.'-]*&amp;region=eu-central-1$/,
        )
    }
  })
})

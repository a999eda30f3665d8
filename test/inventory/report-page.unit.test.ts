import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { reportPage } from '../../lambdas/inventory/report-page.ts'
import { reportScript } from '../../lambdas/inventory/report-script.ts'
import { reportStyle } from '../../lambdas/inventory/report-style.ts'
import { stateOrder } from '../../lambdas/inventory/states.ts'
import { aged, hostile, hostileTexts, NOW, wholePage } from './report-entries.ts'

const about = {
  account: '111122223333',
  region: 'eu-central-1',
  at: NOW,
  thresholds: DEFAULT_THRESHOLDS,
  narrowing: [],
  notes: [],
}

describe('the report', () => {
  it('has a policy that names the hashes of what is really in it, and nothing else', () => {
    const page = wholePage([], about)
    const within = (tag: string) => page.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? ''
    const hash = (tag: string) =>
      `&#39;sha256-${createHash('sha256').update(within(tag)).digest('base64')}&#39;`
    const none = '&#39;none&#39;'
    expect(page).toContain(
      `content="default-src ${none}; script-src ${hash('script')}; style-src ${hash('style')}; base-uri ${none}; form-action ${none}"`,
    )
  })

  it('is the same text however hostile names are, apart from text: no element and no attribute comes of them', () => {
    const texts = hostileTexts('http://127.0.0.1')
    const elements = (text: string) => {
      const page = wholePage([hostile(text), hostile(text, 'access key')], {
        ...about,
        account: text,
        notes: [text],
      })
      return page.match(/<[a-z/!][^>]*>/g)?.map((tag) => tag.replace(/ href="[^"]*"/, ''))
    }
    for (const text of texts) expect(elements(text)).toEqual(elements('plain'))
  })

  it('that leaves something out says so, above its list and in its summary', () => {
    const page = wholePage([aged('shop/a', 100)], {
      ...about,
      narrowing: ['of the owner <b>', 'without access keys'],
    })
    const narrowed = 'nly credentials <bdi>of the owner &lt;b&gt;, without access keys</bdi>'
    expect(page).toContain(`<caption>O${narrowed}, worst first</caption>`)
    expect(page).toContain(`<p>Not the whole account, o${narrowed}. 1 secrets`)
    expect(page).not.toContain('Every credential')
    const whole = wholePage([], about)
    expect(whole).toContain('<caption>Every credential, worst first</caption>')
    expect(whole).not.toContain('nly credentials')
  })

  it('cannot be ended by its own script and style', () => {
    expect(`${reportScript}${reportStyle}`).not.toMatch(/<[/!]/)
  })

  it('comes in pieces that do not grow with the number of credentials', () => {
    const largest = (count: number) =>
      Math.max(
        ...Array.from(
          reportPage(
            Array.from({ length: count }, () => aged('shop/a', 100)),
            about,
          ),
          ({ length }) => length,
        ),
      )
    expect(largest(1000)).toBeLessThan(largest(100) * 1.1)
    expect(
      wholePage(Array(120).fill(aged('shop/a', 100)), about).match(/<tr role="row" data-s/g),
    ).toHaveLength(120)
  })

  it('names as the oldest what still works: an inactive access key does not', () => {
    const disabled: Partial<Entry> = { states: ['DISABLED'] }
    const page = wholePage(
      [
        aged('a-key', 900, { type: 'access key', ...disabled }),
        aged('shop/off', 300, disabled),
        aged('shop/on', 200),
      ],
      about,
    )
    expect(page).toContain('The oldest: <bdi>shop/off</bdi>, 300 days.')
  })

  it('counts each state, names the oldest, says what every state means and what is missing', () => {
    const page = wholePage([aged('shop/a', 100), aged('shop/b', 300), aged('shop/c', 3)], {
      ...about,
      notes: ['No right to list users.'],
    })
    expect(page).toContain('<b>2</b> stale')
    expect(page).toContain('<b>1</b> fresh')
    expect(page).toContain('The oldest: <bdi>shop/b</bdi>, 300 days.')
    expect(page).toContain('<li>No right to list users.</li>')
    for (const state of stateOrder) expect(page).toContain(`<code>${state}</code>`)
  })
})

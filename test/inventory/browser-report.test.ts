import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { chromiumFor, launchChromium, PATIENCE } from './browser-chromium.ts'
import { contrastBelow } from './browser-contrast.ts'
import { aged, DAY, entry, hostile, hostileTexts, NOW, wholePage } from './report-entries.ts'

const program = chromiumFor('the report in a browser')

const about = {
  account: '111122223333',
  region: 'eu-central-1',
  at: NOW,
  thresholds: DEFAULT_THRESHOLDS,
  narrowing: [],
  notes: [] as readonly string[],
}

describe.runIf(program !== undefined)('the report in a browser', () => {
  let browser: Browser
  let folder: string
  let outside: Server
  let origin: string
  /** What somebody outside was asked for. */
  const asked: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'overlap-report-'))
    outside = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => outside.once('listening', resolve))
    origin = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
    browser = await launchChromium(program ?? '')
  })
  afterAll(async () => {
    await browser?.close()
    outside?.closeAllConnections()
    outside?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** The page as a file, offline in a browser, with what its policy refused and what it asked for. */
  async function opened(page: string, options: BrowserContextOptions = {}) {
    const file = path.join(folder, 'report.html')
    await writeFile(file, page)
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })
    const tab = await context.newPage()
    const requests: string[] = []
    const refused: string[] = []
    tab.on('request', (request) => requests.push(request.url()))
    tab.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text())
    })
    tab.on('pageerror', (error) => refused.push(`${error}`))
    asked.length = 0
    const address = pathToFileURL(file).href
    await tab.goto(address)
    return { tab, context, requests: () => requests.filter((url) => url !== address), refused }
  }

  async function withPage<T>(
    entries: readonly Entry[],
    use: (tab: Page) => Promise<T>,
    options: BrowserContextOptions = {},
  ): Promise<T> {
    const { tab, context, refused } = await opened(wholePage(entries, about), options)
    const result = await use(tab)
    expect(refused).toEqual([])
    await context.close()
    return result
  }

  /** A row that is not on the screen may not be drawn, and then has no inner text. */
  const names = (tab: Page) => tab.locator('tbody tr:not([hidden]) th').allTextContents()
  const taken = (tab: Page) => tab.evaluate(() => 'taken' in globalThis)

  const fleet = [
    aged('shop/nine', 9, { owner: 'team-b' }),
    aged('shop/hundred', 100, {
      owner: 'team-a',
      age: { since: NOW - 100 * DAY, precision: 'at least', of: 'DRAINING' },
    }),
    aged('shop/eighty', 80, { owner: undefined, states: ['DUE', 'UNOWNED'] }),
    entry('shop/unknown', { age: undefined, lastRotated: undefined, states: ['AGE_UNKNOWN'] }),
    aged('shop/never', 1000, {
      lastRotated: undefined,
      nextDue: undefined,
      states: ['NEVER_ROTATED', 'STALE'],
    }),
    aged('shop/ten', 10, { owner: 'team-b' }),
  ]

  describe('with names, owners and sentences of somebody who wants to take it over', () => {
    it('shows them as text: nothing of theirs runs, and nobody outside is asked', async () => {
      const texts = hostileTexts(origin)
      const entries = texts.flatMap((text) => [hostile(text), hostile(text, 'access key')])
      const page = wholePage(entries, {
        ...about,
        account: texts[1] ?? '',
        region: texts[0] ?? '',
        notes: texts,
      })
      const { tab, context, requests, refused } = await opened(page)
      for (const summary of await tab.locator('tbody summary').all()) await summary.click()
      await tab.getByLabel('Contains').fill('<script>')
      await tab.getByRole('button', { name: 'Owner' }).click()
      await tab.waitForTimeout(200)
      expect(await taken(tab)).toBe(false)
      expect(
        await tab.locator('img, iframe, svg, link, base, tbody button, script:not(body > script)').count(),
      ).toBe(0)
      expect(await tab.locator('script, style, form').count()).toBe(3)
      expect(requests()).toEqual([])
      expect(asked).toEqual([])
      expect(refused).toEqual([])
      await context.close()
    })

    it('shows characters that turn or hide others as what they are, and keeps a right-to-left name to itself', async () => {
      await withPage([hostile('\u202egnp.exe'), entry('\u0634\u0631\u0643\u0629')], async (tab) => {
        expect(await names(tab)).toEqual(['\\u202egnp.exe', '\u0634\u0631\u0643\u0629'])
        expect(await tab.locator('tbody th bdi').count()).toBe(2)
      })
    })

    it.each([400, 1400])('keeps to a screen of %i px with a name of 512 characters', async (width) => {
      const long = hostile('x'.repeat(512))
      await withPage(
        [long, ...fleet],
        async (tab) => {
          for (const summary of await tab.locator('tbody summary').all()) await summary.click()
          expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
          expect(
            await tab.evaluate(`[...document.querySelectorAll('tbody *')].filter((element) =>
            element.getBoundingClientRect().right > innerWidth).length`),
          ).toBe(0)
        },
        { viewport: { width, height: 800 } },
      )
    })

    /** A page that does not escape one name. */
    const unescaped = (name: string) => {
      const page = wholePage([entry('A-NAME')], about)
      expect(page).toContain('<bdi>A-NAME</bdi>')
      return page.replaceAll('<bdi>A-NAME</bdi>', () => `<bdi>${name}</bdi>`)
    }

    it('would, if one were not escaped, still be held by its policy', async () => {
      for (const text of hostileTexts(origin).slice(0, 5)) {
        const { tab, context, refused } = await opened(unescaped(text))
        await tab.waitForTimeout(100)
        expect(await taken(tab)).toBe(false)
        expect(refused.join()).toMatch(/Content Security Policy/)
        await context.close()
      }
      expect(asked).toEqual([])
    })

    it('would, without escaping and without its policy, be taken over: the tests above notice', async () => {
      const withoutPolicy = (page: string) =>
        page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
      for (const text of hostileTexts(origin).slice(0, 4)) {
        const { tab, context, requests } = await opened(withoutPolicy(unescaped(text)))
        await expect.poll(() => taken(tab), PATIENCE).toBe(true)
        await expect.poll(() => requests().length, PATIENCE).toBeGreaterThan(0)
        await context.close()
      }
      await expect.poll(() => asked.length, PATIENCE).toBeGreaterThan(0)
    })
  })

  it('has the worst first, and says so', async () => {
    await withPage(fleet, async (tab) => {
      expect(await names(tab)).toEqual([
        'shop/never',
        'shop/hundred',
        'shop/eighty',
        'shop/unknown',
        'shop/ten',
        'shop/nine',
      ])
      expect(await tab.locator('[aria-sort]').allInnerTexts()).toEqual(['State'])
      expect(await tab.getByRole('status').innerText()).toBe('6 of 6 shown')
    })
  })

  it.each([
    ['Credential', 'ascending', 'eighty hundred never nine ten unknown'],
    ['Owner', 'ascending', 'hundred ten nine never unknown eighty'],
    ['Age', 'descending', 'never hundred eighty ten nine unknown'],
    ['State', 'descending', 'ten nine unknown eighty hundred never'],
    ['Last rotated', 'descending', 'nine ten eighty hundred never unknown'],
    ['Next due', 'ascending', 'hundred eighty unknown ten nine never'],
    ['Path to replacement', 'ascending', 'never hundred eighty unknown ten nine'],
  ])('sorts by %s with the keyboard, %s first', async (heading, direction, expected) => {
    await withPage(fleet, async (tab) => {
      const button = tab.getByRole('button', { name: heading, exact: true })
      await button.focus()
      await tab.keyboard.press('Enter')
      const order = (found: readonly string[]) => found.map((name) => name.replace('shop/', '')).join(' ')
      expect(order(await names(tab))).toBe(expected)
      const sorted = tab.locator('[aria-sort]')
      expect(await sorted.count()).toBe(1)
      expect(await sorted.innerText()).toBe(heading)
      expect(await sorted.getAttribute('aria-sort')).toBe(direction)
      expect(await tab.getByRole('status').innerText()).toBe(
        `6 of 6 shown, sorted by ${heading}, ${direction}`,
      )
      expect(await button.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)

      await tab.keyboard.press('Space')
      expect(await sorted.getAttribute('aria-sort')).toBe(
        direction === 'ascending' ? 'descending' : 'ascending',
      )
    })
  })

  it('reaches every heading by Tab, in order', async () => {
    await withPage(fleet, async (tab) => {
      await tab.getByLabel('State').focus()
      const reached: string[] = []
      for (let at = 0; at < 7; at += 1) {
        await tab.keyboard.press('Tab')
        reached.push(await tab.locator(':focus').innerText())
      }
      expect(reached).toEqual(await tab.locator('thead th').allInnerTexts())
    })
  })

  it('filters by words, in any order, and by state, and keeps to it when sorted', async () => {
    await withPage(fleet, async (tab) => {
      await tab.getByLabel('Contains').fill('TEAM-B  shop')
      expect(await names(tab)).toEqual(['shop/ten', 'shop/nine'])
      await tab.getByRole('button', { name: 'Age' }).click()
      await tab.getByRole('button', { name: 'Age' }).click()
      expect(await names(tab)).toEqual(['shop/nine', 'shop/ten'])
      expect(await tab.getByRole('status').innerText()).toBe('2 of 6 shown, sorted by Age, ascending')
      await tab.getByLabel('Contains').fill('')
      await tab.getByLabel('State').selectOption('STALE')
      expect(await names(tab)).toEqual(['shop/hundred', 'shop/never'])
      await tab.getByLabel('Contains').press('Enter')
      expect(await tab.getByRole('status').innerText()).toMatch(/^2 of 6/)
    })
  })

  it('is the whole list without its script, and promises nothing that only a script can do', async () => {
    await withPage(
      fleet,
      async (tab) => {
        expect(await names(tab)).toHaveLength(6)
        expect(await tab.locator('button:visible, input:visible, select:visible').count()).toBe(0)
      },
      { javaScriptEnabled: false },
    )
  })

  it.each([400, 1400])(
    'tells a screen reader at %i px that it is a table, with a caption, headings and rows',
    async (width) => {
      await withPage(
        fleet,
        async (tab) => {
          expect(await tab.getByRole('table', { name: 'Every credential' }).count()).toBe(1)
          const browserSays = await tab.context().newCDPSession(tab)
          const { nodes } = await browserSays.send('Accessibility.getFullAXTree')
          const count = (role: string) =>
            nodes.filter((node) => !node.ignored && node.role?.value === role).length
          expect(['table', 'caption', 'row', 'columnheader', 'rowheader', 'cell'].map(count)).toEqual([
            1, 1, 7, 7, 6, 36,
          ])
          expect(await tab.locator('th:not([scope])').count()).toBe(0)
        },
        { viewport: { width, height: 800 } },
      )
    },
  )

  it.each(['light', 'dark'] as const)('has contrast enough in %s colours', async (colorScheme) => {
    const every = [
      hostile('shop/x'),
      ...fleet,
      entry('shop/hold', { states: ['FRESH', 'ON_HOLD', 'DISABLED'] }),
    ]
    await withPage(
      every,
      async (tab) => {
        await tab.locator('.glossary summary').click()
        const poor = await tab.evaluate(contrastBelow(4.5))
        expect(poor).toEqual([])
        expect(await tab.evaluate(contrastBelow(30))).not.toEqual([])
      },
      { colorScheme },
    )
  })

  it('opens, sorts and filters 10,000 credentials', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      aged(`fleet/service-${at}/database`, (at * 7919) % 900, {
        owner: `team-${at % 40}`,
        path: {
          kind: 'postgres',
          says: 'Not managed. If it is a PostgreSQL user, this entry has Overlap rotate it.',
          entry: `{ name: 'fleet/service-${at}/database', owner: 'team-${at % 40}' },`,
          run: undefined,
        },
      }),
    )
    const page = wholePage(many, about)
    const startedAt = performance.now()
    await withPage(many, async (tab) => {
      const times = [Math.round(performance.now() - startedAt)]
      const timed = async (act: () => Promise<unknown>) => {
        const from = performance.now()
        await act()
        await tab.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        times.push(Math.round(performance.now() - from))
      }
      await timed(() => tab.getByRole('button', { name: 'Age' }).click())
      expect(await tab.locator('tbody tr td:nth-child(3)').first().textContent()).toBe('899 days')
      await timed(() => tab.getByLabel('Contains').fill('team-39'))
      expect(await tab.getByRole('status').innerText()).toMatch(/^250 of 10000 shown/)
      console.log(
        `10,000 rows, ${Math.round(page.length / 1e6)} MB: opened, sorted, filtered in ${times.join(', ')} ms`,
      )
    })
  })
})

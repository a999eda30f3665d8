import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { widget } from '../../lambdas/inventory/widget.ts'
import { parseWidgetRequest, viewNames } from '../../lambdas/inventory/widget-request.ts'
import { chromiumFor, launchChromium, PATIENCE } from './browser-chromium.ts'
import { contrastBelow } from './browser-contrast.ts'
import { aged, entry, hostile, hostileTexts, NOW } from './report-entries.ts'

const program = chromiumFor("the dashboard's widget in a browser")
const endpoint = 'arn:aws:lambda:eu-central-1:111122223333:function:overlap-inventory'

/**
 * A dashboard as CloudWatch's: a widget's HTML is shown without what it does not allow, and a click on what stands before a `cwdb-action` shows its content, or calls the
 * function with it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html
 */
const dashboard = `<!doctype html><style>body { margin: 0; font-family: sans-serif } body.dark { background: #161d26; color: #d5dbdb }
  cwdb-action { display: none } a { color: #0073bb } .dark a { color: #44b9d6 }</style>
<div id="widget"></div><dialog></dialog>
<script>
  function show(html, sanitise = true) {
    const content = new DOMParser().parseFromString(html, 'text/html')
    if (sanitise) {
      for (const element of content.querySelectorAll('script, iframe, use, object, embed')) element.remove()
      for (const element of content.querySelectorAll('*'))
        for (const { name, value } of [...element.attributes])
          if (name.startsWith('on') || /^\\s*javascript:/i.test(value)) element.removeAttribute(name)
    }
    document.getElementById('widget').innerHTML = content.head.innerHTML + content.body.innerHTML
    for (const action of document.querySelectorAll('cwdb-action'))
      action.previousElementSibling.addEventListener('click', async () => {
        if (action.getAttribute('action') === 'call')
          show(await callFunction(action.getAttribute('endpoint'), JSON.parse(action.textContent)))
        else {
          document.querySelector('dialog').innerHTML = action.innerHTML
          document.querySelector('dialog').showModal()
        }
      })
  }
</script>`

const fleet = [
  aged('shop/hundred', 100, { owner: 'team-b' }),
  aged('shop/thousand', 1_000, { owner: 'team-a' }),
  aged('shop/nine', 9),
  entry('shop/unknown', {
    age: undefined,
    lastRotated: undefined,
    states: ['AGE_UNKNOWN'],
    because: 'denied',
  }),
  aged('shop/never', 95, { lastRotated: undefined, states: ['NEVER_ROTATED', 'STALE'] }),
]

/** The function's answer. */
function draw(entries: readonly Entry[], theme: 'light' | 'dark', asked: object): string {
  const request = parseWidgetRequest({ ...asked, widgetContext: { theme } })
  if (request === 'describe') throw new Error('not a list')
  return widget(request, { entries, at: NOW, thresholds: DEFAULT_THRESHOLDS, endpoint, notes: [] })
}

describe.runIf(program !== undefined)('the widget in a dashboard', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(program ?? '')
  })
  afterAll(() => browser?.close())

  async function withDashboard<T>(
    entries: readonly Entry[],
    theme: 'light' | 'dark',
    use: (tab: Page, called: readonly object[], requests: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const tab = await browser.newPage({ viewport: { width: 1000, height: 600 } })
    const called: object[] = []
    const requests: string[] = []
    const errors: string[] = []
    tab.on('request', (request) => requests.push(request.url()))
    tab.on('pageerror', (error) => errors.push(`${error}`))
    await tab.exposeFunction('callFunction', (arn: string, parameters: object) => {
      called.push({ arn, parameters })
      return draw(entries, theme, parameters)
    })
    await tab.setContent(dashboard)
    await tab.evaluate(
      `document.body.className = ${JSON.stringify(theme)}; show(${JSON.stringify(draw(entries, theme, { view: 'stale' }))})`,
    )
    const result = await use(tab, called, requests)
    expect(errors).toEqual([])
    await tab.close()
    return result
  }

  const names = (tab: Page) => tab.locator('tbody th').allInnerTexts()

  it('is sorted by a click on a heading, and the other way by the next, through the function itself', async () => {
    await withDashboard(fleet, 'light', async (tab, called) => {
      expect(await names(tab)).toEqual(['shop/never', 'shop/thousand', 'shop/hundred', 'shop/unknown'])
      await tab.getByText('Age', { exact: true }).click()
      await expect.poll(() => tab.locator('[aria-sort]').innerText(), PATIENCE).toBe('Age ▼')
      expect(await names(tab)).toEqual(['shop/thousand', 'shop/hundred', 'shop/never', 'shop/unknown'])
      await tab.getByText('Age ▼').click()
      await expect.poll(() => tab.locator('[aria-sort]').innerText(), PATIENCE).toBe('Age ▲')
      expect(await names(tab)).toEqual(['shop/never', 'shop/hundred', 'shop/thousand', 'shop/unknown'])
      expect(called).toEqual([
        { arn: endpoint, parameters: { view: 'stale', sort: 'age', descending: true } },
        { arn: endpoint, parameters: { view: 'stale', sort: 'age', descending: false } },
      ])
    })
  })

  it('shows the entry to paste as it is, however hostile', async () => {
    for (const text of hostileTexts('http://evil.example').slice(0, 6))
      await withDashboard([hostile(text)], 'light', async (tab) => {
        await tab.getByText('Entry', { exact: true }).click()
        expect(await tab.locator('dialog pre').textContent()).toBe(text)
        expect(await tab.locator('dialog *').count()).toBe(1)
      })
  })

  it.each(viewNames)(
    'of %s shows hostile text as text, also where nothing is taken out of it',
    async (view) => {
      const texts = hostileTexts('http://127.0.0.1:9')
      const entries = texts.map((text) => hostile(text))
      await withDashboard([], 'light', async (tab, _, requests) => {
        await tab.evaluate(`show(${JSON.stringify(draw(entries, 'light', { view }))}, false)`)
        const elements = tab
          .locator('#widget')
          .locator('script, img, svg, iframe, link, meta, base, form, button')
        expect(await elements.count()).toBe(0)
        expect(await tab.evaluate(() => 'taken' in globalThis)).toBe(false)
        expect(requests).toEqual([])
        expect(await names(tab)).toHaveLength(texts.length)
      })
    },
  )

  it('would be taken over through a name that is not escaped: the test above notices', async () => {
    await withDashboard([], 'light', async (tab, _, requests) => {
      const [, image] = hostileTexts('http://127.0.0.1:9')
      const drawn = draw([entry('A-NAME', { states: ['STALE'] })], 'light', { view: 'stale' })
      const bad = drawn.replace('<bdi>A-NAME</bdi>', () => `<bdi>${image}</bdi>`)
      await tab.evaluate(`show(${JSON.stringify(bad)}, false)`)
      await expect.poll(() => tab.evaluate(() => 'taken' in globalThis), PATIENCE).toBe(true)
      expect(requests).toEqual(['http://127.0.0.1:9/img'])
    })
  })

  it.each([
    ['light', 'rgb(22, 25, 31)'],
    ['dark', 'rgb(233, 235, 237)'],
  ] as const)('has the colours of a %s dashboard, and contrast enough', async (theme, colour) => {
    await withDashboard([hostile('shop/x'), ...fleet], theme, async (tab) => {
      expect(await tab.evaluate('getComputedStyle(document.querySelector("tbody td")).color')).toBe(colour)
      expect(await tab.evaluate(contrastBelow(4.5))).toEqual([])
    })
  })

  it('keeps to its width with a name of 512 characters', async () => {
    await withDashboard([hostile('x'.repeat(512)), ...fleet], 'light', async (tab) => {
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1000)
    })
  })
})

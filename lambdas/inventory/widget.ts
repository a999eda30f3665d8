import { ageWords } from './age-words.ts'
import type { Entry, Thresholds } from './entry.ts'
import { type Html, html } from './html.ts'
import { consoleLink } from './report-link.ts'
import { ordered, type SortKey } from './report-order.ts'
import { ageOfWords, dayOf, minuteOf, thresholdWords } from './report-words.ts'
import { states } from './states.ts'
import type { Theme, ViewName, WidgetRequest } from './widget-request.ts'
import { widgetStyle } from './widget-style.ts'

/** What a widget is drawn from. */
export interface WidgetFacts {
  readonly entries: readonly Entry[]
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly thresholds: Thresholds
  /** ARN of the function itself, which CloudWatch calls again to sort. */
  readonly endpoint: string
  /** Sentences on what the list lacks. */
  readonly notes: readonly string[]
}

interface View {
  /** Behind a number of secrets. */
  readonly lists: string
  readonly none: string
  readonly picks: (entry: Entry) => boolean
  readonly columns: readonly SortKey[]
  readonly sort: { readonly key: SortKey; readonly descending: boolean }
}

const views: Readonly<Record<ViewName, View>> = {
  stale: {
    lists: 'stale, or of an age that is not known',
    none: 'No secret is stale.',
    picks: ({ states }) => states.includes('STALE') || states.includes('AGE_UNKNOWN'),
    columns: ['name', 'owner', 'age', 'state', 'rotated', 'due', 'path'],
    sort: { key: 'state', descending: false },
  },
  rotations: {
    lists: 'rotated at least once',
    none: 'No secret was ever rotated.',
    picks: ({ lastRotated }) => lastRotated !== undefined,
    columns: ['name', 'owner', 'rotated', 'age', 'state', 'due'],
    sort: { key: 'rotated', descending: true },
  },
  drains: {
    lists: 'whose replaced credential still works',
    none: 'No drain is in progress.',
    picks: ({ states }) => states.includes('DRAINING'),
    columns: ['name', 'owner', 'age', 'rotated', 'state'],
    sort: { key: 'age', descending: true },
  },
}

const headings: Readonly<Record<SortKey, string>> = {
  name: 'Secret',
  owner: 'Owner',
  age: 'Age',
  rotated: 'Last rotated',
  due: 'Next due',
  state: 'State',
  path: 'Path to replacement',
}

/** A dashboard is looked at; whoever needs all has the command line. */
const MOST_ROWS = 200

/**
 * A list as HTML for a custom widget. It has no script, which CloudWatch would take out: a heading is followed by the action that has the function draw the list
 * again, sorted by it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html
 */
export function widget({ view: name, sort: asked, theme }: WidgetRequest, facts: WidgetFacts): string {
  const view = views[name]
  const sort = asked ?? view.sort
  const picked = ordered(facts.entries.filter(view.picks), sort.key, sort.descending)
  const left = picked.length - MOST_ROWS
  const table = html`<table>
<caption>${picked.length} of ${facts.entries.length} secrets, ${view.lists}; ${minuteOf(facts.at)} UTC</caption>
<thead><tr>${view.columns.map((key) => heading(name, key, sort, facts.endpoint))}</tr></thead>
<tbody>${picked.slice(0, MOST_ROWS).map((entry) => row(entry, view.columns, facts))}</tbody>
</table>`
  return framed(
    theme,
    html`${facts.notes.map((note) => html`<p class="note">${note}</p>`)}${
      picked.length === 0 ? html`<p>${view.none}</p>` : table
    }${left > 0 ? html`<p>and ${left} more: <code>npm run overlap -- inventory</code> lists them all.</p>` : undefined}
<p class="small">${thresholdWords(facts.thresholds)}, or sooner where the tag overlap:max-age of a secret that Overlap rotates says so. IAM access keys are listed by <code>npm run overlap -- inventory</code>.</p>`,
  )
}

/** Instead of a list: why there is none. */
export function widgetProblem(theme: Theme, code: string, message: string): string {
  return framed(theme, html`<p class="note"><b>${code}</b>: ${message}</p>`)
}

function framed(theme: Theme, content: Html): string {
  return html`<div class="overlap ${theme}"><style>${widgetStyle}</style>${content}</div>`.text
}

function heading(view: ViewName, key: SortKey, sort: View['sort'], endpoint: string): Html {
  const isSorted = sort.key === key
  const direction = sort.descending ? 'descending' : 'ascending'
  const descending = isSorted ? !sort.descending : key === 'age' || key === 'rotated'
  return html`<th scope="col"${isSorted ? html` aria-sort="${direction}"` : undefined}><a>${headings[key]}${
    isSorted ? (sort.descending ? ' ▼' : ' ▲') : ''
  }</a><cwdb-action action="call" display="widget" endpoint="${endpoint}">${JSON.stringify({ view, sort: key, descending })}</cwdb-action></th>`
}

function row(entry: Entry, columns: readonly SortKey[], facts: WidgetFacts): Html {
  return html`<tr>${columns.map((key) =>
    key === 'name'
      ? html`<th scope="row">${name(entry, regionIn(facts.endpoint))}</th>`
      : html`<td>${cell(entry, key, facts.at)}</td>`,
  )}</tr>
`
}

function name(entry: Entry, region: string): Html {
  const link = consoleLink(entry, region)
  const shown = html`<bdi>${entry.name}</bdi>`
  return link === undefined
    ? shown
    : html`<a href="${link}" target="_blank" rel="noopener noreferrer">${shown}</a>`
}

function cell(entry: Entry, key: Exclude<SortKey, 'name'>, now: number): Html {
  const small = (text: string | undefined) => (text ? html` <span class="small">${text}</span>` : undefined)
  switch (key) {
    case 'owner':
      return html`<bdi>${entry.owner ?? '–'}</bdi>`
    case 'age':
      return html`${entry.age === undefined ? 'not known' : ageWords(entry.age, now)}${small(ageOfWords(entry.age))}`
    case 'rotated':
      return html`${dayOf(entry.lastRotated) ?? '–'}`
    case 'due':
      return html`${minuteOf(entry.nextDue) ?? '–'}`
    case 'state':
      return html`${entry.states.map((state) => states[state].words).join(', ')}${small(entry.because)}`
    case 'path':
      return html`${entry.path.says}${popup('Entry', entry.path.entry)}${popup('Command', entry.path.run)}`
  }
}

/** Text to paste, in a window of the dashboard's own. */
function popup(label: string, text: string | undefined): Html | undefined {
  if (text === undefined) return undefined
  return html` <a>${label}</a><cwdb-action action="html" display="popup"><pre>${text}</pre></cwdb-action>`
}

function regionIn(functionArn: string): string {
  return functionArn.split(':')[3] ?? ''
}

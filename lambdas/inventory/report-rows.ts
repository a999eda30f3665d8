import { ageWords } from './age-words.ts'
import type { Entry } from './entry.ts'
import { type Html, html } from './html.ts'
import { consoleLink } from './report-link.ts'
import { type SortKey, sortValue } from './report-order.ts'
import { ageOfWords, dayOf, minuteOf } from './report-words.ts'
import { type State, states } from './states.ts'

interface Column {
  readonly key: SortKey
  readonly heading: string
  /** How it is sorted at first. */
  readonly first: 'ascending' | 'descending'
}

/** The style sheet names them again, by their place, for screens that are too narrow for a table. */
const columns: readonly Column[] = [
  { key: 'name', heading: 'Credential', first: 'ascending' },
  { key: 'owner', heading: 'Owner', first: 'ascending' },
  { key: 'age', heading: 'Age', first: 'descending' },
  { key: 'state', heading: 'State', first: 'ascending' },
  { key: 'rotated', heading: 'Last rotated', first: 'descending' },
  { key: 'due', heading: 'Next due', first: 'ascending' },
  { key: 'path', heading: 'Path to replacement', first: 'ascending' },
]

/** What is in a cell sorts as text, unless its cells say otherwise in `data-v`. */
export function reportColumns(): readonly Html[] {
  return columns.map(
    ({ key, heading, first }) =>
      html`<th role="columnheader" scope="col" data-first="${first}"${key === 'state' ? html` aria-sort="ascending"` : undefined}>${heading}</th>`,
  )
}

/** Its roles are told, since a browser may forget what a table is that a style sheet lays out anew. */
export function reportRow(entry: Entry, region: string, now: number): Html {
  return html`<tr role="row" data-s="${entry.states.join(' ')}"><th role="rowheader" scope="row">${name(entry, region)}</th><td role="cell"><bdi>${
    entry.owner ?? '–'
  }</bdi></td>${(['age', 'state', 'rotated', 'due'] as const).map(
    (key) => html`<td role="cell" data-v="${sortValue(entry, key) ?? ''}">${cell(entry, key, now)}</td>`,
  )}<td role="cell">${path(entry)}</td></tr>
`
}

function name(entry: Entry, region: string): Html {
  const link = consoleLink(entry, region)
  const shown = html`<bdi>${entry.name}</bdi>`
  const linked = link === undefined ? shown : html`<a href="${link}" rel="noopener noreferrer">${shown}</a>`
  return entry.type === 'secret' ? linked : html`${linked} <small>access key ${entry.id}</small>`
}

function cell(entry: Entry, key: 'age' | 'state' | 'rotated' | 'due', now: number): Html {
  switch (key) {
    case 'age':
      return html`${entry.age === undefined ? '–' : ageWords(entry.age, now)}${small(ageOfWords(entry.age))}`
    case 'state':
      return html`${entry.states.map(badge)}${small(entry.because)}`
    case 'rotated':
      return html`${dayOf(entry.lastRotated) ?? '–'}`
    case 'due':
      return html`${minuteOf(entry.nextDue) ?? '–'}`
  }
}

function badge(state: State): Html {
  return html`<span class="${state.toLowerCase()}">${states[state].words}</span> `
}

function small(text: string | undefined): Html | undefined {
  return text ? html` <small>${text}</small>` : undefined
}

/** Folded to its first lines, with what there is to paste behind them. */
function path({ path: { says, entry, run } }: Entry): Html {
  const paste = [entry, run].filter((text) => text !== undefined)
  return html`<details><summary><div>${says}</div></summary>${paste.map((text) => html`<pre>${text}</pre>`)}</details>`
}

import { ageWords } from './age-words.ts'
import type { Entry } from './entry.ts'
import { type Html, html } from './html.ts'
import { type State, stateOrder, states } from './states.ts'

/** How many there are of each state, and the oldest of all that work. `at` in ms since the epoch; `narrowing` as in the report's `ReportAbout`. */
export function reportSummary(
  entries: readonly Entry[],
  { at: now, narrowing }: { readonly at: number; readonly narrowing: readonly string[] },
): Html {
  const oldest = oldestOf(entries)
  const keys = entries.filter(({ type }) => type === 'access key').length
  return html`<section aria-label="Summary">
<p>${narrowing.length === 0 ? undefined : html`Not the whole account, only credentials <bdi>${narrowing.join(', ')}</bdi>. `}${entries.length - keys} secrets and ${keys} access keys. ${
    oldest?.age === undefined
      ? undefined
      : html`The oldest: <bdi>${oldest.name}</bdi>, ${ageWords(oldest.age, now)}.`
  }</p>
<ul class="counts">${counted(entries).map(
    ([state, count]) => html`<li class="${state.toLowerCase()}"><b>${count}</b> ${states[state].words}</li>`,
  )}</ul>
</section>`
}

/** For the choice of a state by which to filter. */
export function stateChoices(entries: readonly Entry[]): readonly Html[] {
  return counted(entries).map(
    ([state, count]) => html`<option value="${state}">${states[state].words} (${count})</option>`,
  )
}

/** What each state says, and its constant, which log lines, metrics and runbooks have. */
export function stateGlossary(): Html {
  return html`<details class="glossary"><summary>What the states mean</summary><dl>${stateOrder.map(
    (state) =>
      html`<dt>${states[state].words} <code>${state}</code></dt><dd>${states[state].means}</dd>
`,
  )}</dl></details>`
}

function counted(entries: readonly Entry[]): readonly (readonly [State, number])[] {
  return stateOrder
    .map((state) => [state, entries.filter((entry) => entry.states.includes(state)).length] as const)
    .filter(([, count]) => count > 0)
}

/** A secret whose rotation is turned off still does. */
const works = ({ type, states: its }: Entry) => type === 'secret' || !its.includes('DISABLED')

function oldestOf(entries: readonly Entry[]): Entry | undefined {
  const since = ({ age }: Entry) => age?.since ?? Number.POSITIVE_INFINITY
  return entries
    .filter(works)
    .reduce<Entry | undefined>(
      (oldest, entry) => (oldest === undefined || since(entry) < since(oldest) ? entry : oldest),
      undefined,
    )
}

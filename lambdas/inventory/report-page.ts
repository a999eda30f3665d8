import { createHash } from 'node:crypto'
import type { Entry, Thresholds } from './entry.ts'
import { Html, html } from './html.ts'
import { ordered } from './report-order.ts'
import { reportColumns, reportRow } from './report-rows.ts'
import { reportScript } from './report-script.ts'
import { reportStyle } from './report-style.ts'
import { reportSummary, stateChoices, stateGlossary } from './report-summary.ts'
import { minuteOf, thresholdWords } from './report-words.ts'

/** What a report is of, and when it was true. */
export interface ReportAbout {
  readonly account: string
  readonly region: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly thresholds: Thresholds
  /** What it was narrowed down to, each part such that it stands behind "credentials"; none: it has every credential. */
  readonly narrowing: readonly string[]
  /** Sentences on what the report lacks, and whatever else its reader should know. */
  readonly notes: readonly string[]
}

/**
 * The inventory as one file, for a browser that is offline. It asks nobody for anything, and its policy lets no other script or style run than the two in it, by
 * their hashes: https://www.w3.org/TR/CSP3/#match-element-to-source-list. Without its script it is the same list, worst first. It comes in pieces, one behind the
 * other, since it is larger than everything that it is made of.
 */
export function* reportPage(
  entries: readonly Entry[],
  about: ReportAbout,
): Generator<string, void, undefined> {
  const list = ordered(entries, 'state', false)
  const title = `Credentials of ${about.account} in ${about.region}`
  const policy = `default-src 'none'; script-src ${hashOf(reportScript)}; style-src ${hashOf(reportStyle)}; base-uri 'none'; form-action 'none'`
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${minuteOf(about.at)} UTC; ${thresholdWords(about.thresholds)}, or sooner where the tag overlap:max-age of a secret that Overlap rotates says so.</p>
</header>
<main>
${about.notes.length === 0 ? undefined : html`<ul class="notes">${about.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${reportSummary(list, about)}
<form id="filter" hidden>
<label>Contains <input id="words" type="search" autocomplete="off" spellcheck="false"></label>
<label>State <select id="state"><option value="">any</option>${stateChoices(list)}</select></label>
</form>
<p id="shown" role="status"></p>
<table role="table">
<caption>${captionOf(about)}, worst first</caption>
<thead role="rowgroup"><tr role="row">${reportColumns()}</tr></thead>
<tbody role="rowgroup">
`.text
  for (let at = 0; at < list.length; at += ROWS_AT_ONCE)
    yield html`${list.slice(at, at + ROWS_AT_ONCE).map((entry) => reportRow(entry, about.region, about.at))}`
      .text
  yield html`</tbody>
</table>
${stateGlossary()}
</main>
<script>${new Html(reportScript)}</script>
</body>
</html>
`.text
}

/** A list that leaves something out says so, also to whoever is sent it. */
function captionOf({ narrowing }: ReportAbout): Html {
  return narrowing.length === 0
    ? html`Every credential`
    : html`Only credentials <bdi>${narrowing.join(', ')}</bdi>`
}

/** About a kilobyte each. */
const ROWS_AT_ONCE = 50

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

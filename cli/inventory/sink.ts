import type { Entry } from '../../lambdas/inventory/entry.ts'
import { ordered } from '../../lambdas/inventory/report-order.ts'
import { plainJson } from '../plain-text.ts'
import { csvHeader, csvLine } from './csv.ts'
import { canBePasted, pasteLines } from './paste.ts'
import { recordOf } from './record.ts'
import { tableLines } from './table.ts'
import { todoLines } from './todo.ts'
import type { Format } from './wanted.ts'

export interface Sink {
  /** What is to be printed as soon as the entry is known. */
  add(entry: Entry): string
  /** What is to be printed when all are, in pieces, each made when the one before it is printed. `summary`: in a line. */
  end(summary: string): Iterable<string>
}

export interface Shape {
  /** In characters; undefined: not a terminal, so that nothing is cut. */
  readonly width: number | undefined
  /** Milliseconds since the epoch; not asked for before the first entry. */
  now(): number
}

/** JSON and CSV stream; a table and what is pasted are sorted, so they wait for the last entry. */
export function sinkFor(format: Format, shape: Shape): Sink {
  switch (format) {
    case 'json':
      return { add: (entry) => `${plainJson(recordOf(entry, shape.now()))}\n`, end: () => [] }
    case 'csv':
      return csvSink(shape)
    case 'paste':
      return collected((entries) => pasteLines(entries))
    case 'table':
      return collected((entries, summary) => tableAndSum(entries, summary, shape))
  }
}

function csvSink({ now }: Shape): Sink {
  let header = csvHeader
  const withHeader = (text: string) => {
    const all = header + text
    header = ''
    return all
  }
  return { add: (entry) => withHeader(csvLine(entry, now())), end: () => [withHeader('')] }
}

function collected(lines: (entries: readonly Entry[], summary: string) => Iterable<string>): Sink {
  const entries: Entry[] = []
  return {
    add(entry) {
      entries.push(entry)
      return ''
    },
    *end(summary) {
      for (const line of lines(ordered(entries, 'state', false), summary)) yield `${line}\n`
    },
  }
}

function* tableAndSum(
  entries: readonly Entry[],
  summary: string,
  shape: Shape,
): Generator<string, void, undefined> {
  if (entries.length > 0) {
    yield* tableLines(entries, { width: shape.width, now: shape.now() })
    yield ''
  }
  let isAnythingToDo = false
  for (const line of todoLines(entries)) {
    isAnythingToDo = true
    yield line
  }
  if (isAnythingToDo) yield ''
  yield summary
  const pasted = entries.filter(canBePasted).length
  if (pasted > 0)
    yield `--paste prints entries for overlap.config.ts of ${pasted} that Overlap does not rotate yet`
}

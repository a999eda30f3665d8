import stringWidth from 'string-width'
import { shortAge } from '../../lambdas/inventory/age-words.ts'
import type { Entry } from '../../lambdas/inventory/entry.ts'
import { dayOf } from '../../lambdas/inventory/report-words.ts'
import { states } from '../../lambdas/inventory/states.ts'
import { plainText } from '../plain-text.ts'
import { widthsWithin } from './layout.ts'
import { PATH_WORD_WIDTH, pathWord } from './path-word.ts'
import { rowLines } from './row.ts'

interface Shown {
  readonly head: string
  readonly least: number
  readonly wraps?: true
  readonly of: (entry: Entry, now: number) => string
}

const columns: readonly Shown[] = [
  { head: 'STATE', least: 13, of: ({ states: all }) => all.map((state) => states[state].words).join(', ') },
  { head: 'AGE', least: 7, of: ({ age }, now) => shortAge(age, now) },
  { head: 'OWNER', least: 9, of: ({ owner }) => owner ?? '-' },
  { head: 'NAME', least: 16, wraps: true, of: shownName },
  { head: 'LAST\nROTATED', least: 10, of: ({ lastRotated }) => dayOf(lastRotated) ?? '-' },
  { head: 'NEXT\nDUE', least: 10, of: ({ nextDue }) => dayOf(nextDue) ?? '-' },
  { head: 'PATH', least: PATH_WORD_WIDTH, of: pathWord },
]

/**
 * Lines of at most `width` characters, from 80 on, or as long as it takes where there is no width. Entries in the order that is given; a name is never cut,
 * since it is what somebody looks for. Cells are made twice rather than kept: first to find how wide each column is.
 */
export function* tableLines(
  entries: readonly Entry[],
  { width, now }: { readonly width: number | undefined; readonly now: number },
): Generator<string, void, undefined> {
  const heads = columns.map(({ head }) =>
    width === undefined || width >= WIDE ? head.replace('\n', ' ') : head,
  )
  const cellsOf = (entry: Entry) => columns.map(({ of }) => plainText(of(entry, now)))
  const natural = heads.map((head) => Math.max(...head.split('\n').map((line) => stringWidth(line))))
  for (const entry of entries)
    for (const [at, text] of cellsOf(entry).entries())
      natural[at] = Math.max(natural[at] ?? 0, stringWidth(text))
  const widths = widthsWithin(
    width ?? Number.POSITIVE_INFINITY,
    columns.map(({ least }, at) => ({ natural: natural[at] ?? 0, least })),
  )
  const linesOf = (texts: readonly string[]) =>
    rowLines(
      columns.map(({ wraps = false }, at) => ({ text: texts[at] ?? '', width: widths[at] ?? 0, wraps })),
    )
  yield* linesOf(heads)
  for (const entry of entries) yield* linesOf(cellsOf(entry))
}

/** From here on a head need not be broken to leave room for what is below it. */
const WIDE = 120

/** Two keys of a user differ in nothing else. */
function shownName({ type, name, id }: Entry): string {
  return type === 'access key' ? `${name} ${id}` : name
}

import Table from 'cli-table3'

/** A cell of a table without borders, which a blank parts from the next. */
export interface Cell {
  /** Without control characters, but for newlines. */
  readonly text: string
  /** In places of a terminal: some characters take two, and some none. */
  readonly width: number
  /** Is what does not fit put on further lines? Otherwise it is cut, and ends with an ellipsis. */
  readonly wraps: boolean
}

/** One line, or as many as its longest cell takes. What fits is only padded: the library's table takes kilobytes for each cell, too many for thousands of rows. */
export function rowLines(cells: readonly Cell[]): readonly string[] {
  const fits = cells.every(({ text, width }) => text.length <= width && /^[ -~]*$/.test(text))
  if (!fits) return drawnLines(cells)
  const padded = cells.map(({ text, width }) => text.padEnd(width))
  return [padded.join(' ').trimEnd()]
}

/** Also what is to be cut or wrapped, or is not as wide as it has characters. */
export function drawnLines(cells: readonly Cell[]): readonly string[] {
  const table = new Table({
    chars: borderless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: cells.map(({ width }) => width),
    wrapOnWordBoundary: false,
  })
  table.push(cells.map(({ text, wraps }) => ({ content: text, wordWrap: wraps })))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
}

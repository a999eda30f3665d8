/** A column of a table, in places of a terminal: some characters take two, and some none. */
export interface Column {
  /** Of its longest text. */
  readonly natural: number
  /** What it keeps when there is not room for all. */
  readonly least: number
}

/**
 * How wide each column becomes, so that all of them fit into `total` with a blank between two; when not even the least fits, that is what each gets. What is too
 * much is taken from whichever is widest, one by one.
 */
export function widthsWithin(total: number, columns: readonly Column[]): readonly number[] {
  const widths = columns.map(({ natural }) => natural)
  let excess = widths.reduce((sum, width) => sum + width, columns.length - 1) - total
  while (excess > 0) {
    const spare = widths.map((width, at) => (width > (columns[at]?.least ?? 0) ? width : 0))
    const widest = Math.max(...spare)
    if (widest <= 0) break
    widths[spare.indexOf(widest)] = widest - 1
    excess -= 1
  }
  return widths
}

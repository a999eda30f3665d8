/** Rows for a terminal. `alignment`: for each column `<` flush left or `>` flush right. */
export function columns(alignment: string, rows: readonly (readonly string[])[]): string[] {
  const widths = [...alignment].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const aligned = (cell: string, column: number) =>
    alignment[column] === '<' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(aligned).join('   ').trimEnd())
}

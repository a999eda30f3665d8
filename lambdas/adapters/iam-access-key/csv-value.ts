import { parse } from 'csv-parse/sync'
import { OverlapError } from '../../rotation/errors.ts'
import { accessKeyId, invalid, type StoredFields, secretAccessKey, userName } from './fields.ts'

/** The file that the console gives for a new key, as text. */
export interface StoredCsv {
  readonly form: 'csv'
  readonly columns: readonly string[]
  readonly cells: readonly string[]
  /** What stands before the first cell and after the last one, and between the two lines. */
  readonly mark: '' | '\uFEFF'
  readonly lineBreak: '\n' | '\r\n'
  readonly end: '' | '\n' | '\r\n'
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access-keys-admin-managed.html#admin-create-access-key */
const ID = 'Access key ID'
const SECRET = 'Secret access key'
/** In the file of a new user. */
const USER = 'User name'

export function isCsv(text: string): boolean {
  const [first = '', ...more] = text.split('\n')
  return more.length > 0 && first.includes(ID) && !/^\s*[{[]/.test(first)
}

/** Throws `SECRET_INVALID` naming the column that is wrong. */
export function readCsv(text: string): { readonly fields: StoredFields; readonly stored: StoredCsv } {
  const [columns = [], cells, ...more] = rows(text)
  if (cells === undefined || more.length > 0)
    throw new OverlapError(
      'SECRET_INVALID',
      `the secret value is CSV with ${more.length + (cells ? 1 : 0)} keys: it must hold one line of names and one key`,
    )
  const cellOf = (column: string) => {
    const places = columns.flatMap((name, index) => (name.trim() === column ? [index] : []))
    if (places.length > 1) throw invalid(column, 'is there twice')
    return places[0] === undefined ? undefined : cells[places[0]]
  }
  const fields = {
    accessKeyId: accessKeyId(cellOf(ID), ID),
    secretAccessKey: secretAccessKey(cellOf(SECRET), SECRET),
    userName: cellOf(USER) ? userName(cellOf(USER), USER) : undefined,
  }
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const stored: StoredCsv = {
    form: 'csv',
    columns,
    cells,
    mark: text.startsWith('\uFEFF') ? '\uFEFF' : '',
    lineBreak,
    end: text.endsWith(lineBreak) ? lineBreak : '',
  }
  return { fields, stored }
}

export function writeCsv(stored: StoredCsv, id: string, secret: string): string {
  const { columns, cells, mark, lineBreak, end } = stored
  const changed = columns.map((name, index) => {
    const column = name.trim()
    return column === ID ? id : column === SECRET ? secret : (cells[index] ?? '')
  })
  return `${mark}${[columns, changed].map((row) => row.map(quoted).join(',')).join(lineBreak)}${end}`
}

/** The name and the text of every column that a rotation carries over as it is. */
export function carriedCsv({ columns, cells }: StoredCsv): readonly (readonly [string, string])[] {
  return columns.flatMap((name, index) =>
    name.trim() === ID || name.trim() === SECRET ? [] : [[name, cells[index] ?? ''] as const],
  )
}

function rows(text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true })
  } catch {
    // The parser's own error holds the line, which is the secret.
    throw new OverlapError(
      'SECRET_INVALID',
      'the secret value begins like the CSV file of an access key, and is not one: each line must have as many cells as the first',
    )
  }
}

/** https://www.rfc-editor.org/rfc/rfc4180#section-2 */
function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

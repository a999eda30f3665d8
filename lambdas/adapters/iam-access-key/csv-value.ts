import { parse } from 'csv-parse/sync'
import { OverlapError } from '../../rotation/errors.ts'
import { accessKeyId, invalid, type StoredFields, secretAccessKey, userName } from './fields.ts'

/** The file that the console gives for a new key, as text. */
export interface StoredCsv {
  readonly form: 'csv'
  readonly columns: readonly string[]
  readonly cells: readonly string[]
  /** What stands between two cells: the console's comma, or what a spreadsheet puts there. */
  readonly separator: Separator
  /** What stands before the first cell and after the last one, and between the two lines. */
  readonly mark: '' | '\uFEFF'
  readonly lineBreak: '\n' | '\r\n'
  readonly end: '' | '\n' | '\r\n'
}

const separators = [',', ';', '\t'] as const
type Separator = (typeof separators)[number]

/** In any case. https://docs.aws.amazon.com/IAM/latest/UserGuide/access-keys-admin-managed.html#admin-create-access-key */
const ID = 'Access key ID'
const SECRET = 'Secret access key'
/** In the file of a new user. */
const USER = 'User name'

export function isCsv(text: string): boolean {
  const [first = '', ...more] = text.split('\n')
  return more.length > 0 && first.toLowerCase().includes(ID.toLowerCase()) && !/^\s*[{[]/.test(first)
}

/** Throws `SECRET_INVALID` naming the column that is wrong. */
export function readCsv(text: string): { readonly fields: StoredFields; readonly stored: StoredCsv } {
  const separator = separatorOf(text)
  const [columns = [], cells, ...more] = rows(text, separator)
  if (cells === undefined || more.length > 0)
    throw new OverlapError(
      'SECRET_INVALID',
      `the secret value is CSV with ${more.length + (cells ? 1 : 0)} keys: it must hold one line of names and one key`,
    )
  const cellOf = (column: string) => {
    const places = columns.flatMap((name, index) => (isCalled(name, column) ? [index] : []))
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
    separator,
    mark: text.startsWith('\uFEFF') ? '\uFEFF' : '',
    lineBreak,
    end: text.endsWith(lineBreak) ? lineBreak : '',
  }
  return { fields, stored }
}

export function writeCsv(stored: StoredCsv, id: string, secret: string): string {
  const { columns, cells, separator, mark, lineBreak, end } = stored
  const changed = columns.map((name, index) =>
    isCalled(name, ID) ? id : isCalled(name, SECRET) ? secret : (cells[index] ?? ''),
  )
  const line = (row: readonly string[]) => row.map((cell) => quoted(cell, separator)).join(separator)
  return `${mark}${line(columns)}${lineBreak}${line(changed)}${end}`
}

/** The name and the text of every column that a rotation carries over as it is. */
export function carriedCsv({ columns, cells }: StoredCsv): readonly (readonly [string, string])[] {
  return columns.flatMap((name, index) =>
    isCalled(name, ID) || isCalled(name, SECRET) ? [] : [[name, cells[index] ?? ''] as const],
  )
}

function isCalled(name: string, column: string): boolean {
  return name.trim().toLowerCase() === column.toLowerCase()
}

/** The one that the line of names has most of. */
function separatorOf(text: string): Separator {
  const [names = ''] = text.split('\n')
  const [most] = separators.toSorted((one, other) => names.split(other).length - names.split(one).length)
  return most ?? ','
}

function rows(text: string, separator: Separator): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, delimiter: separator })
  } catch {
    // The parser's own error holds the line, which is the secret.
    throw new OverlapError(
      'SECRET_INVALID',
      'the secret value begins like the CSV file of an access key, and is not one: each line must have as many cells as the first',
    )
  }
}

/** https://www.rfc-editor.org/rfc/rfc4180#section-2 */
function quoted(cell: string, separator: Separator): string {
  return /["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell
}

import type { Bill, Line } from './bill.ts'
import { prices } from './prices.ts'

/** A deployment and what it costs in a month. */
export interface Column {
  readonly secrets: number
  readonly bill: Bill
  /** While each secret is only observed, so that its replaced credential drains all the time. */
  readonly observed: Bill
  /** With endpoints of its own in each VPC. */
  readonly withEndpoints: Bill
  readonly networks: number
}

/** Markdown: one row a line, one column a deployment. */
export function costTable(columns: readonly Column[]): string {
  const cells = (of: (column: Column) => string) => columns.map(of).join(' | ')
  const at = (lines: (column: Column) => readonly Line[], row: number) => (column: Column) =>
    dollars(lines(column)[row]?.usd ?? 0)
  const [first] = columns
  const row = (what: string, price: string, of: (column: Column) => string) =>
    `| ${what} | ${price} | ${cells(of)} |`
  const priceOf = ({ price }: Line) => {
    const { usd, per, source } = prices[price]
    return `[$${plain(usd)}](${source}) per ${per}`
  }
  return [
    `| a month, us-east-1 | list price | ${cells(({ secrets }) => `${count(secrets)} ${secrets === 1 ? 'secret' : 'secrets'}`)} |`,
    `|---|---|${columns.map(() => '---:').join('|')}|`,
    ...(first?.bill.lines ?? []).map((line, n) =>
      row(
        line.what,
        priceOf(line),
        at(({ bill }) => bill.lines, n),
      ),
    ),
    row('**Sum**', '', ({ bill }) => `**${dollars(bill.usd)}**`),
    row('**a secret**', '', ({ bill, secrets }) => `**${dollars(bill.usd / secrets, 3)}**`),
    row('a secret, while all are observed', '', ({ observed, secrets }) =>
      dollars(observed.usd / secrets, 3),
    ),
    row('Networks (VPCs)', '', ({ networks }) => count(networks)),
    ...(first?.withEndpoints.network ?? []).map((line, n) =>
      row(
        line.what,
        priceOf(line),
        at(({ withEndpoints }) => withEndpoints.network, n),
      ),
    ),
  ].join('\n')
}

function dollars(usd: number, digits = 2): string {
  return `$${usd.toFixed(digits)}`
}

/** Without an exponent, and without zeros at the end. */
function plain(usd: number): string {
  return usd.toFixed(10).replace(/0+$/, '').replace(/\.$/, '')
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

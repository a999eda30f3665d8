/**
 * The report's script: headings become buttons that sort, and the filter appears. It reads what is in the table and moves or hides its rows; it never makes
 * markup of text. What is not known is last both ways, and what is alike stands as it did in the beginning, worst first.
 */
export const reportScript = `'use strict'
const table = document.querySelector('table')
const body = table.tBodies[0]
const headings = [...table.tHead.rows[0].cells]
const rows = [...body.rows]
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
const [filter, words, state, shown] = ['filter', 'words', 'state', 'shown'].map((id) => document.getElementById(id))
const keys = new Map()
let order = ''

function keyOf(cell) {
  if (cell.dataset.v === undefined) return cell.textContent === '\\u2013' ? '' : cell.textContent
  return cell.dataset.v === '' ? '' : Number(cell.dataset.v)
}

function sort(column) {
  const heading = headings[column]
  const was = heading.getAttribute('aria-sort')
  const direction = was === null ? heading.dataset.first : was === 'ascending' ? 'descending' : 'ascending'
  if (!keys.has(column)) keys.set(column, new Map(rows.map((row) => [row, keyOf(row.cells[column])])))
  const key = keys.get(column)
  const sign = direction === 'ascending' ? 1 : -1
  const compare = (one, other) => (typeof one === 'number' ? one - other : collator.compare(one, other))
  const sorted = [...rows].sort((one, other) => {
    const [a, b] = [key.get(one), key.get(other)]
    return a === '' || b === '' ? (a === '') - (b === '') : sign * compare(a, b)
  })
  for (const other of headings) other.removeAttribute('aria-sort')
  heading.setAttribute('aria-sort', direction)
  order = ', sorted by ' + heading.textContent + ', ' + direction
  const fragment = document.createDocumentFragment()
  fragment.append(...sorted)
  body.append(fragment)
  tell()
}

const textOf = (row) => [...row.cells].map((cell) => cell.textContent.toLowerCase()).join('\\n')

let texts
function narrow() {
  texts ??= new Map(rows.map((row) => [row, textOf(row)]))
  const wanted = words.value.toLowerCase().split(' ').filter((word) => word !== '')
  for (const row of rows)
    row.hidden =
      !wanted.every((word) => texts.get(row).includes(word)) ||
      (state.value !== '' && !row.dataset.s.split(' ').includes(state.value))
  tell()
}

function tell() {
  const left = rows.filter((row) => !row.hidden).length
  shown.textContent = left + ' of ' + rows.length + ' shown' + order
}

headings.forEach((heading, column) => {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = heading.textContent
  button.addEventListener('click', () => sort(column))
  heading.replaceChildren(button)
})
filter.addEventListener('submit', (event) => event.preventDefault())
words.addEventListener('input', narrow)
state.addEventListener('input', narrow)
filter.hidden = false
narrow()
`

/** A value for each period, oldest first; undefined where there is none. */
export type Series = readonly (number | undefined)[]

type Value =
  | { readonly is: 'number'; readonly number: number }
  | { readonly is: 'series'; readonly series: Series }
  | { readonly is: 'list'; readonly list: readonly Series[] }

/**
 * Computes an expression over the metrics of a request, of equal length each. The part of metric math that sums: `+`, `SUM`, `FILL` with a
 * number, `METRICS()`, lists, parentheses. Throws for anything else, and for a result that is not one series.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function computeExpression(expression: string, metrics: ReadonlyMap<string, Series>): Series {
  const reader = new Reader(expression, metrics)
  const value = reader.sum()
  reader.end()
  if (value.is === 'series') return value.series
  throw new Error(`${expression}: the result must be one time series`)
}

class Reader {
  readonly #expression: string
  readonly #tokens: string[]
  readonly #metrics: ReadonlyMap<string, Series>

  constructor(expression: string, metrics: ReadonlyMap<string, Series>) {
    this.#expression = expression
    this.#tokens = expression.match(/[A-Za-z][A-Za-z0-9_]*|\d+(?:\.\d+)?|\S/g) ?? []
    this.#metrics = metrics
  }

  sum(): Value {
    let value = this.#operand()
    while (this.#tokens[0] === '+') {
      this.#tokens.shift()
      value = this.#plus(value, this.#operand())
    }
    return value
  }

  end(): void {
    if (this.#tokens.length > 0) throw this.#unknown(this.#tokens[0])
  }

  #operand(): Value {
    const token = this.#tokens.shift()
    if (token === '(') return this.#closedBy(')', this.sum())
    if (token === '[') return this.#list()
    if (token === undefined) throw this.#unknown('the end')
    if (/^\d/.test(token)) return { is: 'number', number: Number(token) }
    const series = this.#metrics.get(token)
    if (series !== undefined) return { is: 'series', series }
    if (this.#tokens[0] !== '(') throw this.#unknown(token)
    this.#tokens.shift()
    return this.#closedBy(')', this.#call(token))
  }

  #call(name: string): Value {
    if (name === 'METRICS') return { is: 'list', list: [...this.#metrics.values()] }
    const value = this.sum()
    if (name === 'SUM') return this.#total(value)
    if (name === 'FILL') {
      this.#take(',')
      const filler = this.sum()
      if (filler.is === 'number') return filled(value, filler.number)
    }
    throw this.#unknown(name)
  }

  #list(): Value {
    const list: Series[] = []
    do {
      const value = this.sum()
      if (value.is === 'number') throw this.#unknown('a number in a list')
      list.push(...(value.is === 'series' ? [value.series] : value.list))
    } while (this.#tokens[0] === ',' && this.#tokens.shift())
    return this.#closedBy(']', { is: 'list', list })
  }

  /** Of one series it would be a number, over however many data points the alarm happens to fetch. */
  #total(value: Value): Value {
    if (value.is !== 'list') throw this.#unknown('SUM of something that is no list of time series')
    return value.list.map((series): Value => ({ is: 'series', series })).reduce((a, b) => this.#plus(a, b))
  }

  /** "Missing values in a time series are treated as 0"; where every value is missing there is no data point. */
  #plus(one: Value, other: Value): Value {
    if (one.is === 'number' && other.is === 'number')
      return { is: 'number', number: one.number + other.number }
    if (one.is === 'series' && other.is === 'number')
      return {
        is: 'series',
        series: one.series.map((value) => (value === undefined ? undefined : value + other.number)),
      }
    if (one.is === 'number' && other.is === 'series') return this.#plus(other, one)
    if (one.is !== 'series' || other.is !== 'series') throw this.#unknown('+ of lists')
    return { is: 'series', series: one.series.map((value, at) => added(value, other.series[at])) }
  }

  #closedBy(token: string, value: Value): Value {
    this.#take(token)
    return value
  }

  #take(token: string): void {
    const found = this.#tokens.shift()
    if (found !== token) throw this.#unknown(found)
  }

  #unknown(what = 'the end'): Error {
    return new Error(`${this.#expression}: the sandbox's metric math does not know ${what} here`)
  }
}

function filled(value: Value, filler: number): Value {
  const fill = (series: Series) => series.map((one) => one ?? filler)
  if (value.is === 'series') return { is: 'series', series: fill(value.series) }
  if (value.is === 'list') return { is: 'list', list: value.list.map(fill) }
  return value
}

function added(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0)
}

import { isObject, type Members } from '../json-service.ts'

export type LogFilter = (message: string) => boolean

/**
 * A filter pattern for JSON log events: `{ ($.outcome = "failed") && ($.severity = "page") }` with `=`, `&&`, `||` and parentheses, where a message that is
 * no JSON object never matches; or one for text, `?"user=app" ?"user=admin"`: any of these. undefined for a pattern that the sandbox does not know.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilterPattern(pattern: string): LogFilter | undefined {
  if (/^\s*(\?"[^"\\]+"\s*)+$/.test(pattern)) {
    const terms = [...pattern.matchAll(/\?"([^"\\]+)"/g)].map(([, term = '']) => term)
    return (message) => terms.some((term) => message.includes(term))
  }
  const inner = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1]
  const tokens = inner?.match(/\$(?:\.[\w-]+)+|"(?:[^"\\]|\\.)*"|[\w-]+|&&|\|\||\S/g)
  if (!tokens) return undefined
  const condition = either(tokens)
  if (condition === undefined || tokens.length > 0) return undefined
  return (message) => {
    const event = parse(message)
    return event !== undefined && condition(event)
  }
}

type Condition = (event: Members) => boolean

function either(tokens: string[]): Condition | undefined {
  let condition = both(tokens)
  while (tokens[0] === '||') {
    tokens.shift()
    const [one, other] = [condition, both(tokens)]
    condition = one && other && ((event) => one(event) || other(event))
  }
  return condition
}

function both(tokens: string[]): Condition | undefined {
  let condition = single(tokens)
  while (tokens[0] === '&&') {
    tokens.shift()
    const [one, other] = [condition, single(tokens)]
    condition = one && other && ((event) => one(event) && other(event))
  }
  return condition
}

function single(tokens: string[]): Condition | undefined {
  const first = tokens.shift()
  if (first === '(') {
    const condition = either(tokens)
    return tokens.shift() === ')' ? condition : undefined
  }
  if (!first?.startsWith('$.') || tokens.shift() !== '=') return undefined
  const wanted = tokens.shift()
  if (wanted === undefined || !/^(".*"|[\w-]+)$/s.test(wanted)) return undefined
  const path = first.slice(2).split('.')
  const text = wanted.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/g, '$1')
  return (event) => valueAt(event, path) === text
}

function valueAt(event: Members, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, field) => (isObject(found) ? found[field] : undefined), event)
}

function parse(message: string): Members | undefined {
  try {
    const event: unknown = JSON.parse(message)
    return isObject(event) ? event : undefined
  } catch {
    return undefined
  }
}

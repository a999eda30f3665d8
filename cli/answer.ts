/** What a function says became of one secret. It may be of another release than this program, so nothing is taken for granted. */
export interface Entry {
  readonly secret: string
  readonly name: string | undefined
  readonly outcome: string
  readonly code: string | undefined
  readonly message: string | undefined
  /** Something that a person can run, for a line of its own. */
  readonly run: string | undefined
  /** A hold that was there and stays in place of the one asked for. */
  readonly kept: Hold | undefined
  readonly information: readonly string[]
  /** The version that is to be confirmed before anything is done. */
  readonly confirm: string | undefined
  /** Where the secret stands, in place of the outcome. */
  readonly headline: string | undefined
}

export interface Hold {
  readonly until: Date
  readonly reason: string
}

/** Undefined when the answer is of another form. */
export function readAnswer(answer: unknown): readonly Entry[] | undefined {
  const { results } = fieldsOf(answer)
  if (!Array.isArray(results)) return undefined
  const entries = results.map(entryOf)
  return entries.every((entry) => entry !== undefined) ? entries : undefined
}

function entryOf(value: unknown): Entry | undefined {
  const { secret, name, outcome, code, message, run, kept, information, confirm, headline } = fieldsOf(value)
  if (typeof secret !== 'string' || typeof outcome !== 'string') return undefined
  return {
    secret,
    outcome,
    name: textOf(name),
    code: textOf(code),
    message: textOf(message),
    run: textOf(run),
    kept: holdIn(kept),
    confirm: textOf(confirm),
    headline: textOf(headline),
    information: Array.isArray(information) ? information.filter((text) => typeof text === 'string') : [],
  }
}

function holdIn(value: unknown): Hold | undefined {
  const { until, reason } = fieldsOf(value)
  if (typeof until !== 'string' || typeof reason !== 'string') return undefined
  const instant = new Date(until)
  return Number.isNaN(instant.getTime()) ? undefined : { until: instant, reason }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

const good: readonly string[] = [
  ...['ready', 'provisioned', 'exists', 'held', 'released', 'left'],
  ...['rolled-back', 'already-rolled-back', 'disabled', 'leaked', 'repaired', 'works', 'acknowledged'],
  ...['at-rest', 'rotating', 'rolling-out', 'draining'],
]

/** Whatever is not known to be good is not good. */
export function isGood({ outcome }: Entry): boolean {
  return good.includes(outcome)
}

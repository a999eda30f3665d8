/** One piece of work as a function reports it: a log line that says what and how it ended, and a metric that says how long it took. */
export interface Work {
  /** The function's name. */
  readonly by: string
  /** A rotation step, `disable`, `inspect`, `peek` or `sweep`. */
  readonly step: string
  /** ARN. */
  readonly secret: string
  readonly version: string
  readonly outcome: string
  /** An error code, or why nothing was done. */
  readonly reason?: string
  /** Why it was refused, for people; it holds no value of a secret. */
  readonly error?: string
  readonly durationMs: number
}

type Line = Readonly<Record<string, unknown>>

/**
 * Reads what functions write to their log, as one would in CloudWatch: JSON lines with `step` and `outcome`, each followed by its
 * metric in the embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * Lines of another form are left alone.
 *
 * @returns what is to be given every line as it comes
 */
export function readFunctionLog(onWork: (work: Work) => void): (functionName: string, line: string) => void {
  const waiting = new Map<string, Line[]>()
  const queueOf = (by: string, { step, outcome }: Line) => {
    const key = `${by} ${step} ${outcome}`
    const queue = waiting.get(key) ?? []
    waiting.set(key, queue)
    return queue
  }
  return (by, text) => {
    const line = parse(text)
    if (typeof line?.step !== 'string' || typeof line.outcome !== 'string') return
    if (line._aws === undefined) {
      queueOf(by, line).push(line)
      return
    }
    const said = queueOf(by, line).shift()
    if (said) onWork(workOf(by, said, line))
  }
}

function workOf(by: string, said: Line, metric: Line): Work {
  return {
    by,
    step: String(said.step),
    secret: String(said.secret ?? ''),
    version: String(said.version ?? ''),
    outcome: String(said.outcome),
    ...(typeof said.reason === 'string' ? { reason: said.reason } : {}),
    ...(typeof said.error === 'string' ? { error: said.error } : {}),
    durationMs: Number(metric.Duration ?? 0),
  }
}

function parse(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

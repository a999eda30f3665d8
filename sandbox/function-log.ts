/** One piece of work as a function reports it: a log line that says what and how it ended, and a metric that says how long it took. */
export interface Work {
  /** The function's name. */
  readonly by: string
  /** A rotation step, an action of a retire function such as `disable`, or `sweep`, `overdue` and `stuck`. */
  readonly step: string
  /** ARN. */
  readonly secret: string
  readonly version: string
  readonly outcome: string
  /** An error code, or why nothing was done. */
  readonly reason?: string
  /** Why it was refused, for people; it holds no value of a secret. */
  readonly error?: string
  /** 0 for what has no metric of its own: a rotation that is overdue, a retirement that is stuck. */
  readonly durationMs: number
}

type Line = Readonly<Record<string, unknown>>

/**
 * Reads what functions write to their log, as one would in CloudWatch: JSON lines with `step` and `outcome`, each with its
 * metric in the embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * Lines of another form are left alone.
 *
 * @returns what is to be given every line as it comes
 */
export function readFunctionLog(onWork: (work: Work) => void): (functionName: string, line: string) => void {
  const waiting = new Map<string, Waiting>()
  return (by, text) => {
    const line = parse(text)
    if (typeof line?.step !== 'string' || typeof line.outcome !== 'string') return
    if (line.outcome === 'overdue' || line.outcome === 'stuck') {
      onWork(workOf(by, line, {}))
      return
    }
    const key = `${by} ${line.step} ${line.outcome}`
    const { said, measured } = waiting.get(key) ?? { said: [], measured: [] }
    waiting.set(key, { said, measured })
    // What a function writes on stderr may come after what it wrote later on stdout.
    if (line._aws === undefined) said.push(line)
    else measured.push(line)
    const [about, metric] = [said[0], measured[0]]
    if (about === undefined || metric === undefined) return
    said.shift()
    measured.shift()
    onWork(workOf(by, about, metric))
  }
}

/** Of one function, step and outcome: at most one of the two holds anything. */
interface Waiting {
  readonly said: Line[]
  readonly measured: Line[]
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

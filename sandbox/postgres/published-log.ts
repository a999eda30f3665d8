import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface LoggedEvent {
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly logStreamName: string
}

/** As log_line_prefix begins a line; what does not begin so belongs to the line before it. */
const BEGINNING = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) UTC:/

/**
 * What RDS publishes of a server's log: an event for each line that begins with a time. Nothing is read before somebody asks.
 *
 * @param at what the clock of whoever reads it showed at a moment of real time
 * @returns what the server has logged since the last call
 */
export function publishedLog(
  path: string,
  logStreamName: string,
  at: (realTime: number) => number,
): () => readonly LoggedEvent[] {
  let position = 0
  return () => {
    const text = readFrom(path, position)
    // The server may be at the last line.
    const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
    position += whole.length
    const events: LoggedEvent[] = []
    for (const line of whole.toString().split('\n').slice(0, -1)) {
      const [, day, time] = BEGINNING.exec(line) ?? []
      if (day !== undefined && time !== undefined)
        events.push({ message: line, timestamp: at(Date.parse(`${day}T${time}Z`)), logStreamName })
      else {
        const last = events.pop()
        if (last) events.push({ ...last, message: `${last.message}\n${line}` })
      }
    }
    return events
  }
}

function readFrom(path: string, position: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - position))
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, position))
  } finally {
    closeSync(file)
  }
}

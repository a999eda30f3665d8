/** How far the work is, for a person who waits: on standard error, so that it is never part of what is printed. */
export interface Progress {
  /** Takes the status line away, for something that is to stand where it is. It comes back by itself. */
  clear(): void
  /** A line that stays. */
  say(line: string): void
  end(): void
}

/** Standard error, or what stands for it. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
  on(event: 'error', listener: () => void): unknown
}

const REDRAWN_EVERY_MS = 200
const LINE_EVERY_MS = 10_000
const ERASE_LINE = '\r\u001b[2K'

/** A status line on a terminal, and a line every ten seconds elsewhere, such as in the log of a pipeline. `describe` gives it, without control characters. */
export function progressOn(screen: Screen, describe: () => string): Progress {
  // Nobody who cannot be told of progress is to be told of that.
  screen.on('error', () => {})
  const live = screen.isTTY === true && process.env.TERM !== 'dumb'
  let drawn = false
  const clear = () => {
    if (drawn) screen.write(ERASE_LINE)
    drawn = false
  }
  const draw = () => {
    // A line that is broken could not be erased.
    screen.write(`${ERASE_LINE}${describe().slice(0, (screen.columns ?? 80) - 1)}`)
    drawn = true
  }
  const timer = setInterval(
    live ? draw : () => screen.write(`${describe()}\n`),
    live ? REDRAWN_EVERY_MS : LINE_EVERY_MS,
  )
  return {
    clear,
    say(line) {
      clear()
      screen.write(`${line}\n`)
    },
    end() {
      clearInterval(timer)
      clear()
    },
  }
}

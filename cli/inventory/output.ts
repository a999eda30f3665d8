/** What is printed does not arrive. */
export class NotPrinted extends Error {
  /** Has whoever read it gone, as `head` does when it has seen enough? */
  readonly closed: boolean

  constructor(closed: boolean, message: string) {
    super(message)
    this.closed = closed
  }
}

export interface Output {
  /** Resolves when the text is handed over, so that no more is kept than is being written. Throws `NotPrinted`. */
  write(text: string): Promise<void>
}

export function outputTo(stream: NodeJS.WritableStream): Output {
  // Each writing hears of its own error, and an error without a listener would end the program with a trace.
  stream.on('error', () => {})
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error?: Error | null) => {
          if (error) reject(notPrinted(error))
          else resolve()
        })
      }),
  }
}

function notPrinted(error: Error): NotPrinted {
  const closed = 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
  return new NotPrinted(closed, `standard output takes no more: ${error.message}`)
}

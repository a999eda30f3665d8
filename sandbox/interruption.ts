/** A second signal within this time is the same Ctrl-C: a terminal sends it to every process, and npm and tsx pass it on. Milliseconds. */
const SAME_SIGNAL_MS = 3_000

/** Aborted by the first SIGINT, SIGTERM or SIGHUP, with its name as the reason; a later one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  let first = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (controller.signal.aborted && performance.now() - first > SAME_SIGNAL_MS) process.exit(1)
      first ||= performance.now()
      controller.abort(name)
    })
  // Nobody reads any more, as after `npm start | head`.
  process.stdout.on('error', () => controller.abort('SIGPIPE'))
  return controller.signal
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

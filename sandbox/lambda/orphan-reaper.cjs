'use strict'
// Ends a dead host's processes. They cannot be trusted to notice by themselves: one may be stopped, another busy in a loop.
// Reads `+pid` and `-pid` lines; the end of the input is the host's death.
const { createInterface } = require('node:readline')

const living = new Set()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const pid = Number(line.slice(1))
  if (line.startsWith('+')) living.add(pid)
  else living.delete(pid)
})
lines.on('close', () => {
  for (const pid of living) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Already gone, which is all that is wanted.
    }
  }
})

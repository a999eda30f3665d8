/*
 * Loaded before a function of its own process: at each SIGUSR2 it writes what the process has used so far, as a line of JSON.
 */
const { usage } = require('../usage.cjs')

process.on('SIGUSR2', () => process.stderr.write(`${JSON.stringify({ usage: usage() })}\n`))

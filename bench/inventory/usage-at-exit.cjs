/*
 * Loaded before a program of its own process: what the process used, when it ends, as JSON in the file that OVERLAP_USAGE_FILE names.
 */
const { writeFileSync } = require('node:fs')
const { usage } = require('../usage.cjs')

const file = process.env.OVERLAP_USAGE_FILE
process.on('exit', () => writeFileSync(file, JSON.stringify(usage())))

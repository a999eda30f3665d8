/**
 * What a person asks of a deployment, from a terminal or a script. Its functions do everything, except an inventory, which is there before any
 * deployment. No value of a secret is ever read.
 */
import { hostname, userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { askDeployment } from './deployment-function.ts'
import { run } from './program.ts'

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: askDeployment,
  async inventory(wanted) {
    // Only here: its clients take a while to load.
    const { printInventory } = await import('./inventory/print.ts')
    return printInventory(wanted, { out: process.stdout, err: process.stderr, now: Date.now() })
  },
  ...(process.stdin.isTTY && process.stderr.isTTY ? { question } : {}),
  by: caller(),
  now: Date.now,
})

/** Standard output stays what was asked for. Whoever ends the input says nothing, which is no. */
async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    return await Promise.race([terminal.question(text), ended])
  } finally {
    terminal.close()
  }
}

/** For the function's log and the journal, in the caller's own words: nothing checks it. */
function caller(): string {
  try {
    return `${userInfo().username}@${hostname()}`.slice(0, 256)
  } catch {
    // A user whom the system's list does not have, as in many containers.
    return hostname().slice(0, 256)
  }
}

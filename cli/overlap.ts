/**
 * What a person asks of a deployment, from a terminal or a script. Its operate function does everything, except an inventory, which is there before any
 * deployment. No value of a secret is ever read.
 */
import { hostname, userInfo } from 'node:os'
import { askOperate } from './operate-function.ts'
import { run } from './program.ts'

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: askOperate,
  async inventory(wanted) {
    // Only here: its clients take a while to load.
    const { printInventory } = await import('./inventory/print.ts')
    return printInventory(wanted, { out: process.stdout, err: process.stderr, now: Date.now() })
  },
  by: caller(),
  now: Date.now,
})

/** For the function's log; who it was for sure is known to CloudTrail. */
function caller(): string {
  try {
    return `${userInfo().username}@${hostname()}`.slice(0, 256)
  } catch {
    // A user whom the system's list does not have, as in many containers.
    return hostname().slice(0, 256)
  }
}

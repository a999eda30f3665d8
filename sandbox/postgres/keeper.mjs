// Parent of a run's PostgreSQL processes. It outlives whoever started it by exactly the time that it takes to end them and to remove the
// run's folder: the IPC channel closes when that process ends, however it ends. Plain JavaScript, since it must start quickly and without a loader.
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'

const folders = process.argv.slice(2)
/** @type {Map<number, import('node:child_process').ChildProcess>} */
const children = new Map()
let ending = false

function tell(message) {
  if (process.connected) process.send(message)
}

function run({ id, file, args, env, uid, gid, log }) {
  if (ending) return
  const output = openSync(log, 'a', 0o600)
  const child = spawn(file, args, { cwd: folders[0], env, uid, gid, stdio: ['ignore', output, output] })
  closeSync(output)
  child.once('error', (error) => tell({ type: 'failed', id, reason: error.message }))
  child.once('exit', (code, signal) => {
    children.delete(id)
    tell({ type: 'exited', id, code, signal })
  })
  if (child.pid === undefined) return
  children.set(id, child)
  tell({ type: 'started', id, pid: child.pid })
}

function exits(child, withinMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** Fast shutdown; then immediate shutdown, in which the postmaster kills what does not end within 5 s; then the postmaster itself. */
async function finish(child) {
  for (const [signal, patienceMs] of [
    ['SIGINT', 5000],
    ['SIGQUIT', 7000],
    ['SIGKILL', 5000],
  ]) {
    const exited = exits(child, patienceMs)
    child.kill(signal)
    child.kill('SIGCONT')
    if (await exited) return
  }
}

async function end() {
  if (ending) return
  ending = true
  // Last started first: a primary waits for its replicas when it shuts down.
  for (const child of [...children.values()].reverse()) await finish(child)
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.exit(0)
}

process.on('message', (message) => {
  if (message.type === 'run') run(message)
  if (message.type === 'signal') children.get(message.id)?.kill(message.signal)
})
process.on('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
// Whoever started this may be gone before anything here could listen.
if (!process.connected) void end()

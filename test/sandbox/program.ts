import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A program under test, in a process group of its own, as a terminal starts it. */
export interface Program {
  readonly stdout: () => string
  readonly stderr: () => string
  /** To its standard input, as a person types it. */
  readonly type: (line: string) => void
  /** To the whole group, as Ctrl-C in a terminal. */
  readonly signal: (name: NodeJS.Signals) => void
  /** Resolves with the exit status, null after a signal, when its output has ended, too. */
  readonly exited: Promise<number | null>
}

export function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(file, args, {
    cwd: root,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  // It may end without having read what was typed.
  child.stdin.on('error', () => {})
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    type: (line) => void child.stdin.write(`${line}\n`),
    signal: (name) => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, name)
    },
    exited,
  }
}

/** Runs a TypeScript file of this project. */
export const startScript = (
  script: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => startProgram(process.execPath, ['--import', 'tsx', script, ...args], env)

/** Polls until there is an answer; throws after 90 s. */
export async function eventually<T>(
  what: string,
  answer: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const found = await answer()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited 90 s for ${what}`)
    await sleep(50)
  }
}

/** A folder for TMPDIR that the server's user may enter, too. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'overlap-test-')))
  chmodSync(folder, 0o755)
  return folder
}

/** What a program left in its temporary folder, apart from the cache that the next run uses. */
export function filesLeft(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !name.startsWith('overlap-cache-') && !name.startsWith('tsx-'))
}

/** Processes that run below the folder or were told of it. Only Linux shows this; elsewhere the ports that they held must do. */
export function processesLeft(folder: string): readonly string[] {
  if (!existsSync('/proc/self/cmdline')) return []
  const speaksOf = (pid: string) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
      )
    } catch {
      // Gone meanwhile, or another user's.
      return false
    }
  }
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && speaksOf(pid),
  )
}

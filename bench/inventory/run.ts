import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { AccountPlace, Calls } from './account.ts'
import { type Measured, type Output, outputs, type Run } from './figures.ts'

const fileOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Takes the inventory of an account of that many secrets as each output, so often; throws when it is not complete, or when `signal` says so. */
export async function measureInventory(
  secrets: number,
  { runs, signal }: { readonly runs: number; readonly signal: AbortSignal },
): Promise<readonly Measured[]> {
  const account = fork(fileOf('./account.ts'), [String(secrets)], { execArgv: ['--import', 'tsx'] })
  const ended = once(account, 'exit')
  const told = async (): Promise<unknown> => {
    const [message] = await Promise.race([
      once(account, 'message', { signal }),
      ended.then(() => Promise.reject(new Error('the account ended by itself'))),
    ])
    return message
  }
  try {
    const place = (await told()) as AccountPlace
    const measure = async (output: Output): Promise<Measured> => {
      const measured: Run[] = []
      while (measured.length < runs) {
        const used = await takeInventory(place, { output, secrets, signal })
        account.send('calls')
        measured.push({ ...used, calls: (await told()) as Calls })
      }
      return { secrets, output, runs: measured }
    }
    const all: Measured[] = []
    for (const output of outputs) all.push(await measure(output))
    return all
  } finally {
    if (account.connected) account.disconnect()
    await ended
  }
}

/** The command line in a process of its own, as `npm run overlap` starts it. */
async function takeInventory(
  place: AccountPlace,
  {
    output,
    secrets,
    signal,
  }: { readonly output: Output; readonly secrets: number; readonly signal: AbortSignal },
): Promise<Omit<Run, 'calls'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-usage-'))
  const usageFile = path.join(folder, 'usage.json')
  try {
    const startedAt = performance.now()
    const program = spawn(
      process.execPath,
      [
        ...['--require', fileOf('./usage-at-exit.cjs'), '--import', 'tsx'],
        ...[fileOf('../../cli/overlap.ts'), 'inventory', ...flagsFor(output, folder)],
      ],
      { env: environment(place, usageFile), stdio: ['ignore', 'pipe', 'pipe'], signal },
    )
    const closed = once(program, 'close')
    const [listed, complaint, [status]] = await Promise.all([
      output === 'json' ? countSecrets(program.stdout) : text(program.stdout).then(() => secrets),
      text(program.stderr),
      closed,
    ])
    const wallMs = performance.now() - startedAt
    // 3: some are stale, as in any account of this kind.
    if (status !== 3 || listed !== secrets)
      throw new Error(`the inventory listed ${listed} of ${secrets} and ended with ${status}: ${complaint}`)
    const usage = JSON.parse(await readFile(usageFile, 'utf8')) as Pick<Run, 'cpuMs' | 'peakMb'>
    return { ...usage, wallMs }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function flagsFor(output: Output, folder: string): readonly string[] {
  if (output === 'table') return []
  return output === 'html' ? ['--html', path.join(folder, 'inventory.html')] : [`--${output}`]
}

function environment({ secretsManager, iam, lambda }: AccountPlace, usageFile: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    OVERLAP_USAGE_FILE: usageFile,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager,
    AWS_ENDPOINT_URL_IAM: iam,
    AWS_ENDPOINT_URL_LAMBDA: lambda,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  }
}

/** Those whose age is known. */
async function countSecrets(output: NodeJS.ReadableStream): Promise<number> {
  let secrets = 0
  for await (const line of createInterface({ input: output })) {
    const { states } = JSON.parse(line) as { readonly states: readonly string[] }
    if (!states.includes('AGE_UNKNOWN')) secrets++
  }
  return secrets
}

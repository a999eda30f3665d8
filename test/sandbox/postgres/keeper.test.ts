import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { startKeeper } from '../../../sandbox/postgres/keeper.ts'
import { gone, until } from './process-end.ts'

let folder: string
let log: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlap-keeper-'))
  log = join(folder, 'log')
})

const myself = { uid: 0, gid: 0, other: false }
const command = (script: string) => ({
  file: process.execPath,
  args: ['-e', script],
  env: { GREETING: 'hello' },
  user: myself,
  log,
})
const says = (text: string) =>
  until(`the process says ${text}`, () => readFileSync(log, 'utf8').includes(text))

describe('the keeper', () => {
  it('runs a command with the given environment alone, its output in the log', async () => {
    const keeper = startKeeper([folder])
    const kept = await keeper.run(command('console.log(JSON.stringify(process.env)); process.exitCode = 3'))
    expect(await kept.exited).toBe('exit code 3')
    expect(kept.ending()).toBe('exit code 3')
    expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual({ GREETING: 'hello' })
    await keeper.end()
    expect(existsSync(folder)).toBe(false)
  })

  it('says why a command could not be started', async () => {
    const keeper = startKeeper([folder])
    await expect(keeper.run({ ...command(''), file: join(folder, 'nothing') })).rejects.toThrow('ENOENT')
    await keeper.end()
  })

  it('lets a process that was stopped shut down in good order', async () => {
    const farewell = join(mkdtempSync(join(tmpdir(), 'overlap-keeper-')), 'farewell')
    const keeper = startKeeper([folder])
    const kept = await keeper.run(
      command(`
        process.on('SIGINT', () => { fs.writeFileSync(${JSON.stringify(farewell)}, ''); process.exit() })
        console.log('up'); setInterval(() => {}, 1000)
      `),
    )
    await says('up')
    process.kill(kept.pid, 'SIGSTOP')
    await keeper.end()
    expect(gone(kept.pid)).toBe(true)
    expect(existsSync(farewell)).toBe(true)
    rmSync(dirname(farewell), { recursive: true })
  })

  it('ends a process that ignores the polite signal', async () => {
    const keeper = startKeeper([folder])
    const kept = await keeper.run(
      command("process.on('SIGINT', () => {}); console.log('up'); setInterval(() => {}, 1000)"),
    )
    await says('up')
    await keeper.end()
    expect(gone(kept.pid)).toBe(true)
  })

  it('leaves nothing when it is killed itself, and touches no process but its own', async () => {
    const keeper = startKeeper([folder])
    const script = "console.log('up'); setInterval(() => {}, 1000)"
    const postmaster = await keeper.run(command(script))
    const reused = await keeper.run({ ...command(script), log: join(folder, 'other.log') })
    await says('up')
    for (const [name, pid] of [
      ['data', postmaster.pid],
      ['foreign', process.pid],
    ] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'postmaster.pid'), `${pid}\n`)
    }
    process.kill(Number(keeper.pid), 'SIGKILL')
    await until('the process ends', () => gone(postmaster.pid))
    await until('the folder is removed', () => !existsSync(folder))
    expect(gone(reused.pid)).toBe(false)
    process.kill(reused.pid, 'SIGKILL')
    await expect(keeper.run(command(script))).rejects.toThrow()
    await keeper.end()
  })
})

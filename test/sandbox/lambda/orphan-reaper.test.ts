import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startOrphanReaper } from '../../../sandbox/lambda/orphan-reaper.ts'
import { isAlive } from './process-state.ts'

it('ends what it watches when its input ends, and nothing that it was told to forget', async () => {
  const start = () => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3_600_000)'], { stdio: 'ignore' })
  const [watched, stopped, forgotten] = [start(), start(), start()]
  const pids = [watched, stopped, forgotten].map((child) => child.pid ?? 0)
  stopped.kill('SIGSTOP')
  const reaper = startOrphanReaper()
  for (const pid of pids) reaper.watch(pid)
  reaper.forget(forgotten.pid ?? 0)

  await reaper.close()

  await Promise.all([watched, stopped].map((child) => child.signalCode ?? once(child, 'exit')))
  expect(pids.map(isAlive)).toEqual([false, false, true])
  forgotten.kill('SIGKILL')
  await once(forgotten, 'exit')
})

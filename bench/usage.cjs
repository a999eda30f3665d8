/*
 * What this process has used since it was started: processor time in milliseconds, and the most memory that it had resident, in MiB.
 */
const { existsSync, readFileSync } = require('node:fs')

// Linux tells of the most that a process had as if what started it were a part of it; only /proc keeps the two apart.
const STATUS = '/proc/self/status'

function peakKb() {
  if (!existsSync(STATUS)) return process.resourceUsage().maxRSS
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))[1])
}

exports.usage = () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: peakKb() / 1024 }
}

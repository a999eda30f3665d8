import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os'
import type { PostgresServer } from '../sandbox/postgres/server.ts'
import { type Figures, type Rotations, range } from './figures.ts'
import { spread } from './percentiles.ts'
import { functionNames, type Rig, type Rotation } from './rig.ts'
import { type Traffic, trafficIn } from './server-log.ts'

/** The server counts statements in these alone: what it writes about each would slow the others down. */
const COUNTED_ROTATIONS = 4

interface Measured extends Rotation {
  readonly traffic: Traffic
}

/** Throws when a rotation does not succeed, and the signal's reason when it is aborted. */
export async function measure(rig: Rig, rotations: number, signal: AbortSignal): Promise<Figures> {
  const [loadAverage = 0] = loadavg()
  const repeat = async (times: number, before: () => Promise<void>): Promise<Measured[]> => {
    const measured: Measured[] = []
    for (let n = 0; n < times; n++) {
      signal.throwIfAborted()
      await before()
      measured.push(await rotateAndRetire(rig))
    }
    return measured
  }
  const cold = await repeat(Math.ceil(rotations / 5), () => startAllAnew(rig))
  const warm = await repeat(rotations, async () => {})
  await countStatements(rig.postgres)
  const counted = await repeat(COUNTED_ROTATIONS, async () => {})
  const [version] = await rig.postgres.query<{ server_version: string }>('SHOW server_version')

  return {
    date: new Date().toISOString(),
    machine: {
      node: process.version,
      postgres: version?.server_version ?? '',
      platform: platform(),
      arch: arch(),
      processors: availableParallelism(),
      processor: cpus()[0]?.model ?? '',
      loadAverage,
    },
    warm: summary(warm),
    cold: summary(cold),
    sql: {
      messages: range(counted.map(({ traffic }) => traffic.messages)),
      statements: range(counted.map(({ traffic }) => traffic.statements)),
    },
    init: Object.fromEntries(functionNames.map((name) => [name, spread(rig.lambda.initDurations(name))])),
    bundles: rig.bundles,
  }
}

async function rotateAndRetire(rig: Rig): Promise<Measured> {
  const { length } = await rig.postgres.logs()
  const rotation = await rig.rotate()
  const traffic = trafficIn((await rig.postgres.logs()).slice(length))
  await rig.retire()
  return { ...rotation, traffic }
}

/** Every function begins with a new process; the sweep, which takes no part in a rotation, shows here how long that takes. */
async function startAllAnew(rig: Rig): Promise<void> {
  await Promise.all(functionNames.map((name) => rig.lambda.discardInstances(name)))
  await rig.invoke('overlap-sweep', {})
}

/** Resolves when new sessions count. */
async function countStatements(postgres: PostgresServer): Promise<void> {
  await postgres.query('ALTER SYSTEM SET log_parser_stats = on')
  await postgres.query('SELECT pg_reload_conf()')
  const deadline = Date.now() + 10_000
  for (;;) {
    const [row] = await postgres.query<{ log_parser_stats: string }>('SHOW log_parser_stats')
    if (row?.log_parser_stats === 'on') return
    if (Date.now() > deadline) throw new Error('PostgreSQL did not read its configuration again')
  }
}

function summary(rotations: readonly Measured[]): Rotations {
  const last = rotations.at(-1)?.steps ?? []
  return {
    time: spread(rotations.map(({ ms }) => ms)),
    wallTime: spread(rotations.map(({ wallMs }) => wallMs)),
    stepTime: Object.fromEntries(
      last.map(({ step }, n) => [step, spread(rotations.map(({ steps }) => steps[n]?.ms ?? Number.NaN))]),
    ),
    calls: range(rotations.map(({ steps }) => steps.reduce((sum, { calls }) => sum + total(calls), 0))),
    stepCalls: Object.fromEntries(last.map(({ step, calls }) => [step, calls])),
    connections: range(rotations.map(({ traffic }) => traffic.connections)),
    failedLogins: range(rotations.map(({ traffic }) => traffic.failedLogins)),
  }
}

function total(calls: Readonly<Record<string, number>>): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0)
}

import type { EvidenceRecord, Proof } from '../../lambdas/evidence/record.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import type { OperatedSecrets } from '../../lambdas/operate/operated-secrets.ts'
import type { Operating } from '../../lambdas/operate/operating.ts'
import type { AskRollout, Progress } from '../../lambdas/rollout/rollout.ts'
import type { AskedRotation } from '../../lambdas/rotation/asked-rotation.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import type { Deployment } from '../../lambdas/sweep/sight.ts'
import type { Retire } from '../../lambdas/sweep/visiting.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { secretWith } from '../rotation/secret.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

/** A deployment with one schedule, and the usual times. */
export const settings: Deployment = {
  name: 'overlap',
  drainFloorSeconds: 3600,
  quarantineFloorSeconds: 0,
  leakDrainSeconds: 600,
  sampleEverySeconds: 900,
  rolloutLimitSeconds: 3600,
  abandonSeconds: 86_400,
  schedules: new Map([['weekly', scheduleOf({ cron: '0 3 ? * SUN *', timezone: 'UTC' })]]),
  freezes: [],
}

export const clockProof: Proof = {
  rung: 'd',
  from: '2026-11-24T12:00:00.000Z',
  until: '2026-11-25T12:00:00.000Z',
  samples: 0,
  gaps: [],
  consumers: [],
  missing: ['nobody looked'],
}

/** Everything that a person's function is made of, in memory. What was recorded is in `records`, in order; what was asked of other functions in `asked`. */
export function operating(secrets: OperatedSecrets, now: () => number) {
  const records: EvidenceRecord[] = []
  const asked: string[] = []
  const progress = new Map<string, Progress | OverlapError>()
  const nothing = (what: string) => () =>
    Promise.reject(new OverlapError('UNEXPECTED', `nobody expected ${what}`))
  const rotate: AskedRotation = {
    check: nothing('check'),
    provision: nothing('provision'),
    rollback: nothing('rollback'),
    repair: nothing('repair'),
  }
  const retire: Retire = nothing('retire')
  const askRollout: AskRollout = async (request) => {
    asked.push(`${request.action} ${request.consumer}`)
    const found = progress.get(request.consumer) ?? { state: 'done' }
    if (found instanceof OverlapError) throw found
    return found
  }
  const watcher: Watcher = {
    async note(secret, version, look) {
      const about = { v: 1, secret, version, at: iso(now()), event: 'sample' } as const
      if ('unknown' in look) records.push({ ...about, sightings: [], unknown: look.unknown })
      else records.push({ ...about, sightings: look.sightings, endpoints: look.endpoints })
    },
    prove: async () => ({ proof: clockProof, lastUse: undefined, uses: [] }),
    refused: async () => undefined,
    disabling: async () => undefined,
    accepted: async () => ({ names: [], addresses: [] }),
    record: async (record) => {
      records.push(record)
    },
  }
  const made = {
    secrets,
    functions: new Map([[secretWith({}).rotationFunction ?? '', { rotate, retire }]]),
    rollouts: () => askRollout,
    journal: {
      append: async (record: EvidenceRecord) => {
        records.push(record)
      },
      read: async (secret: string, version: string, from: number) =>
        records.filter(
          (record) => record.secret === secret && record.version === version && Date.parse(record.at) >= from,
        ),
    },
    watcher,
    settings,
    deployment: 'overlap',
    telemetry: silentTelemetry,
    pace: { turn: async () => true, take: () => true },
    sleep: async () => {},
    spare: () => 60_000,
    now,
  } satisfies Operating
  return { ...made, rotate, retire, records, asked, progress }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

import type { Inspection } from '../../lambdas/adapters/adapter.ts'
import { acceptedIn } from '../../lambdas/evidence/accepted.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Proven, Watcher } from '../../lambdas/evidence/watcher.ts'
import { type SweepMemory, sweepMemory } from '../../lambdas/sweep/memory.ts'
import type { Deployment } from '../../lambdas/sweep/sight.ts'
import type { Visiting } from '../../lambdas/sweep/visiting.ts'
import { type Call, directly } from '../fakes/process.ts'

/** What a deployment leaves to its defaults, for tests about something else. */
export const retirementDefaults = {
  name: 'overlap',
  quarantineFloorSeconds: 0,
  leakDrainSeconds: 600,
  sampleEverySeconds: 900,
  rolloutLimitSeconds: 3600,
} satisfies Partial<Deployment>

/** One look that saw nobody. */
export const nobody: Inspection = {
  sightings: [],
  endpoints: ['db:5432'],
  asleep: false,
  witness: 'admin',
  principal: 'a',
}

/** Nobody was seen, and nothing but the clock says that there was nobody. */
export const provenByClock: Proven = {
  proof: {
    rung: 'd',
    from: '',
    until: '',
    samples: 0,
    gaps: [],
    consumers: [],
    missing: ['a log of logins'],
  },
  lastUse: undefined,
  uses: [],
}

/** Keeps records in memory, and proves by the clock alone. */
export function clockWatcher(
  now: () => number,
  records: EvidenceRecord[] = [],
  call: Call = directly,
): Watcher {
  const iso = (ms: number) => new Date(ms).toISOString()
  return {
    note: (secret, version, look) =>
      call('note a look', () => {
        const subject = { v: 1, secret, version, at: iso(now()), event: 'sample' } as const
        if ('unknown' in look) records.push({ ...subject, sightings: [], unknown: look.unknown })
        else records.push({ ...subject, sightings: look.sightings, endpoints: look.endpoints })
      }),
    prove: ({ from, until, consumers }) =>
      call('prove', () => ({
        proof: {
          rung: 'd',
          from: iso(from),
          until: iso(until),
          samples: 0,
          gaps: [],
          consumers,
          missing: [],
        },
        lastUse: undefined,
        uses: [],
      })),
    disabling: (secretId, versionId) =>
      call('read the journal', () => {
        const found = records.filter(({ secret, version }) => secret === secretId && version === versionId)
        return found.flatMap((record) => (record.event === 'disabled' ? record.proof : [])).at(-1)
      }),
    accepted: (secretId, versionId, from) =>
      call('read what is accepted', () => {
        const found = records.filter(({ secret, version }) => secret === secretId && version === versionId)
        return acceptedIn(found.filter(({ at }) => Date.parse(at) >= from))
      }),
    refused: () => call('read the log of logins', () => undefined),
    record: (record) =>
      call('record', () => {
        records.push(record)
      }),
  }
}

/** No consumers, a journal in memory, and a function that has just started. */
export function unwatched(
  now: () => number,
  call: Call = directly,
): Pick<Visiting, 'rollouts' | 'watcher'> & { readonly memory: SweepMemory } {
  return { rollouts: () => undefined, watcher: clockWatcher(now, [], call), memory: sweepMemory() }
}

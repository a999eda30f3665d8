import { describe, expect, it } from 'vitest'
import { readRecord } from '../../lambdas/evidence/read-record.ts'
import type { EvidenceRecord, Proof } from '../../lambdas/evidence/record.ts'
import { recordLine } from '../../lambdas/evidence/record-line.ts'
import { SECRET, sample, sighting, VERSION } from './drain.ts'

const subject = { v: 1, secret: SECRET, version: VERSION, at: '2026-03-02T08:00:00.000Z' } as const
const proof: Proof = {
  rung: 'b',
  from: '2026-03-02T04:00:00.000Z',
  until: '2026-03-02T08:00:00.000Z',
  samples: 16,
  gaps: [{ from: '2026-03-02T04:00:00.000Z', until: '2026-03-02T05:00:00.000Z' }],
  lastSighting: sighting,
  consumers: [{ name: 'ecs:shop/api', version: VERSION }],
  missing: ['no log of logins is named'],
}
const records: readonly EvidenceRecord[] = [
  sample(10),
  sample(10, { asleep: true, endpoints: [] }),
  sample(10, { sightings: [sighting], leftOut: 3 }),
  { ...subject, event: 'sample', sightings: [], unknown: 'UNREACHABLE' },
  { ...subject, event: 'disabled', proof, by: 'sweep' },
  { ...subject, event: 'disabled', proof, by: 'sweep', works: true },
  { ...subject, event: 'disabled', proof, by: 'ada', reason: 'reports is retired' },
  {
    ...subject,
    event: 'disabled',
    by: 'ada',
    proof: { ...proof, rung: 'accepted', accepted: ['psql@local'] },
  },
  { ...subject, event: 'removed', proof: { ...proof, rung: 'c' } },
  { ...subject, event: 'enabled', reason: 'used' },
  { ...subject, event: 'superseded' },
  { ...subject, event: 'accepted', by: 'ada', reason: 'known', names: ['reports@10.0.0.7'] },
  { ...subject, event: 'leaked', by: 'ada', reason: 'in a log' },
  { ...subject, event: 'rolled-back', by: 'ada', reason: 'broken' },
  { ...subject, event: 'repaired', by: 'ada', reason: 'restored' },
  { ...subject, event: 'acknowledged', by: 'ada', reason: 'restarted', names: ['manual:batch'] },
]

describe('what is written can be read', () => {
  it.each(records.map((record): [string, EvidenceRecord] => [record.event, record]))(
    '%s %#',
    (_event, record) => {
      expect(readRecord(recordLine(record, 10_000))).toEqual(record)
    },
  )

  it('at no time is no record', () => {
    expect(readRecord(JSON.stringify({ ...sample(10), at: 'yesterday' }))).toBeUndefined()
  })

  it.each([
    ['a rung that is none', { ...proof, rung: 'e' }],
    ['no gaps', { ...proof, gaps: undefined }],
    ['a gap without end', { ...proof, gaps: [{ from: proof.from }] }],
    ['a consumer without version', { ...proof, consumers: [{ name: 'x' }] }],
    ['no time', { ...proof, from: 'then' }],
    ['no proof', undefined],
  ])('a disabling with %s is no record', (_what, broken) => {
    expect(
      readRecord(JSON.stringify({ ...subject, event: 'disabled', by: 'sweep', proof: broken })),
    ).toBeUndefined()
  })
})

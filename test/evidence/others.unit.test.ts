import { expect, it } from 'vitest'
import { prove } from '../../lambdas/evidence/ladder.ts'
import { readRecord } from '../../lambdas/evidence/read-record.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import { complete, SAMPLE_EVERY, SECRET, UNTIL, VERSION } from './drain.ts'

const others = ['pg_cron@shop.db:5432', 'logical replication apply worker of subscription stock@shop.db:5432']

it('what needs no credential is kept with the look that saw it, and read again', async () => {
  const kept: EvidenceRecord[] = []
  const journal = { append: async (record: EvidenceRecord) => void kept.push(record), read: async () => [] }
  const loginLog = () => ({ read: async () => [] })
  const watch = watcher({ journal, loginLog, sampleEveryMs: SAMPLE_EVERY, now: () => UNTIL })
  const look = { endpoints: ['shop.db:5432'], asleep: false, witness: 'admin', principal: 'app_b' }
  await watch.note(SECRET, VERSION, { ...look, sightings: [], others })
  expect(kept).toEqual([expect.objectContaining({ event: 'sample', sightings: [], others })])
  expect(kept.map((record) => readRecord(JSON.stringify(record)))).toEqual(kept)
})

it('is no use: the proof is as good as without it, and names each once', () => {
  const records = complete.records.map((record) =>
    record.event === 'sample' ? { ...record, others } : record,
  )
  const { proof, lastUse } = prove({ ...complete, records })
  const without = prove(complete)
  expect([proof.rung, lastUse]).toEqual(['a', undefined])
  expect(proof).toEqual({ ...without.proof, others })
  expect(without.proof).not.toHaveProperty('others')
  const disabled = {
    v: 1,
    secret: SECRET,
    version: VERSION,
    at: proof.until,
    event: 'disabled',
    proof,
    by: 'sweep',
  }
  expect(readRecord(JSON.stringify(disabled))).toEqual(disabled)
})

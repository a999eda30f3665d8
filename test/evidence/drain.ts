import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import type { ServerLogin } from '../../lambdas/evidence/journal.ts'
import type { Evidence } from '../../lambdas/evidence/ladder.ts'
import type { EvidenceRecord, Sample } from '../../lambdas/evidence/record.ts'

/* A drain of four hours, looked at each quarter of an hour by `admin` at two servers, in which nobody uses `app_b`. */

export const MINUTE = 60_000
export const FROM = Date.parse('2026-03-02T04:00:00Z')
export const UNTIL = FROM + 4 * 60 * MINUTE
export const SAMPLE_EVERY = 15 * MINUTE
export const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx'
export const VERSION = '6bd0f2a4-7a8c-4f55-9b8e-0f6d7a1c2b3d'

export const ENDPOINTS = ['shop.db:5432', 'shop-replica.db:5432']
export const SERVERS = [
  '/aws/rds/instance/shop/postgresql shop',
  '/aws/rds/instance/shop-replica/postgresql shop-replica',
]
export const sighting: Sighting = {
  endpoint: 'shop.db:5432',
  application: 'reports',
  address: '10.0.0.7',
  since: '2026-03-02T05:00:00.000Z',
}

function markOf(minute: number): string {
  return `overlap ${minute}`
}

/** `minute` counts from the beginning of the drain. */
export function sample(minute: number, change: Partial<Sample> = {}): EvidenceRecord {
  return {
    v: 1,
    secret: SECRET,
    version: VERSION,
    at: new Date(FROM + minute * MINUTE).toISOString(),
    event: 'sample',
    endpoints: ENDPOINTS,
    sightings: [],
    witness: 'admin',
    mark: markOf(minute),
    principal: 'app_b',
    ...change,
  }
}

export function login(minute: number, change: Partial<ServerLogin> = {}): ServerLogin {
  return {
    principal: 'app_b',
    at: FROM + minute * MINUTE,
    outcome: 'authorized',
    address: '10.0.0.9',
    application: 'nightly',
    server: SERVERS[0] ?? '',
    ...change,
  }
}

/** What the look of that minute leaves in the logs. */
export function witnesses(minute: number): readonly ServerLogin[] {
  return SERVERS.map((server) =>
    login(minute - 0.1, { principal: 'admin', application: markOf(minute), address: '10.0.1.1', server }),
  )
}

/** Of each look: 10, 25, 40, ... 235 minutes. */
export const MINUTES = Array.from({ length: 16 }, (_, index) => 10 + 15 * index)

/** All that can be known, and nothing against it. */
export const complete: Evidence = {
  from: FROM,
  until: UNTIL,
  sampleEveryMs: SAMPLE_EVERY,
  records: MINUTES.map((minute) => sample(minute)),
  log: { logins: MINUTES.flatMap(witnesses), unknown: undefined },
  consumers: [
    { name: 'ecs:shop/api', version: 'new' },
    { name: 'lambda:invoice', version: 'new' },
  ],
  declared: 2,
}

export function without(minutes: readonly number[]): readonly number[] {
  return MINUTES.filter((minute) => !minutes.includes(minute))
}

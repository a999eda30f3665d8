import type { DemoFacts, RotationFacts, RunFacts } from '../../../sandbox/demo/facts.ts'

export const rotation: RotationFacts = {
  number: 1,
  begunBy: 'schedule',
  at: Date.UTC(2027, 2, 21, 2),
  version: 'a4333726-a1b2-4c3d-8e4f-0123456789ab',
  from: 'app',
  to: 'app_b',
  phases: { generate: 32, makeValid: 107, rollOut: 783, drain: 86_710_000, retire: 344 },
  queries: 1083,
  failed: 0,
}

export const realRun: RunFacts = {
  title: 'Overlap',
  clients: 9,
  rotations: [
    rotation,
    { ...rotation, number: 2, at: Date.UTC(2027, 2, 28, 1), from: 'app_b', to: 'app' },
    { ...rotation, number: 3, begunBy: 'person', at: Date.UTC(2027, 2, 31, 9) },
    { ...rotation, number: 4, begunBy: 'make-up', at: Date.UTC(2027, 3, 5, 7), from: 'app_b', to: 'app' },
  ],
  traffic: { queries: 2166, logins: 240, failures: {} },
  leastBusy: 88,
}

export const control: RunFacts = {
  ...realRun,
  rotations: realRun.rotations.slice(0, 2),
  title: 'Control: single user',
  traffic: { queries: 2000, logins: 200, failures: { 'login refused (28P01)': 19, 'connection lost': 2 } },
}

/** A demo in which everything went as it should. */
export const facts: DemoFacts = {
  postgresVersion: '18.4',
  tookMs: 61_400,
  timezone: 'Europe/Berlin',
  real: realRun,
  botched: {
    cause: 'GRANT SELECT ON public.ledger TO app_b',
    remedy: 'GRANT SELECT ON public.ledger TO app',
    step: 'testSecret',
    code: 'RIGHTS_DIFFER',
    error: 'app_b alone has privileges on table ledger',
    message: [
      '[TICKET] Rotation failed: shop/app RIGHTS_DIFFER',
      'No consumer is affected: secret shop/app, owner team-shop, RIGHTS_DIFFER.',
      'at length',
    ],
    named: { secret: true, owner: true, code: true },
    attempts: 2,
    currentBefore: 'fcf5ed77-0000-4000-8000-000000000000',
    currentMeanwhile: 'fcf5ed77-0000-4000-8000-000000000000',
    queries: 520,
    failed: 0,
    completed: true,
  },
  missed: { begunMeanwhile: 0, alarmTold: true },
  held: { reason: 'stocktaking', begunMeanwhile: 0 },
  needless: [],
  controls: [control, { ...control, title: 'Control: no drain' }],
}

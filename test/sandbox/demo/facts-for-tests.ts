import type { DemoFacts, RotationFacts, RunFacts } from '../../../sandbox/demo/facts.ts'

export const rotation: RotationFacts = {
  number: 1,
  begunBy: 'schedule',
  at: Date.UTC(2027, 2, 21, 2),
  version: 'a4333726-a1b2-4c3d-8e4f-0123456789ab',
  from: 'app',
  to: 'app_b',
  phases: { generate: 32, makeValid: 107, rollOut: 783, drain: 86_710_000, quarantine: 173_100_000 },
  retirement: {
    version: 'fcf5ed77-0000-4000-8000-000000000000',
    rung: 'a',
    looks: 4,
    consumers: 4,
    missing: [],
    disabledAt: Date.UTC(2027, 2, 22, 2),
    removedAt: Date.UTC(2027, 2, 24, 2),
    leftBehind: 0,
  },
  expectedRung: 'a',
  queries: 1083,
  failed: 0,
}

const { retirement } = rotation as Required<RotationFacts>

export const realRun: RunFacts = {
  title: 'Overlap',
  clients: 9,
  rotations: [
    rotation,
    { ...rotation, number: 2, at: Date.UTC(2027, 2, 28, 1), from: 'app_b', to: 'app' },
    { ...rotation, number: 3, begunBy: 'person', at: Date.UTC(2027, 2, 31, 9) },
    { ...rotation, number: 4, begunBy: 'make-up', at: Date.UTC(2027, 3, 5, 7), from: 'app_b', to: 'app' },
    {
      ...rotation,
      number: 5,
      retirement: { ...retirement, version: 'taken-back' },
      at: Date.UTC(2027, 3, 11, 1),
    },
    {
      ...rotation,
      number: 6,
      begunBy: 'leak',
      phases: { ...rotation.phases, drain: 840_000, quarantine: 600 },
      retirement: { ...retirement, version: 'leaked', rung: 'leaked', looks: 0, consumers: 0 },
      expectedRung: 'leaked',
    },
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

const keyRotation: RotationFacts = {
  ...rotation,
  at: Date.UTC(2027, 2, 28, 1),
  from: '…ABCD',
  to: '…WXYZ',
  phases: { generate: 210, makeValid: 4_610, rollOut: 901, drain: 176_000_000, quarantine: 173_100_000 },
  retirement: { ...retirement, rung: 'b', consumers: 1 },
  expectedRung: 'b',
  queries: 700,
}

export const keyRun: RunFacts = {
  title: 'Provider key',
  clients: 4,
  rotations: [keyRotation],
  traffic: { queries: 812, logins: 0, failures: {} },
  leastBusy: 190,
}

const { retirement: _retired, ...swapped } = keyRotation

export const keyControl: RunFacts = {
  ...keyRun,
  title: 'Control: provider key',
  rotations: [swapped, { ...swapped, number: 2 }],
  traffic: { queries: 240, logins: 0, failures: { 'call refused (401)': 11 } },
  leastBusy: 50,
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
  silent: {
    name: 'nightly-report@127.0.0.1',
    message: [
      '[TICKET] Retirement stuck: shop/app STILL_USED',
      'No consumer is affected: secret shop/app, owner team-shop, STILL_USED.',
      'reason: STILL_USED: it is used by nightly-report@127.0.0.1',
    ],
    named: { secret: true, owner: true, consumer: true },
    disabledMeanwhile: false,
    quietMs: 87_000_000,
  },
  accepted: {
    name: 'psql@127.0.0.1',
    inTheWay: ['in use by psql@127.0.0.1: application psql'],
    disabledBefore: false,
  },
  rolledBack: {
    before: 'before',
    published: 'taken-back',
    after: 'before',
    running: 7,
    cameAlong: 7,
    cameBack: 7,
    failed: 0,
  },
  leaked: {
    version: 'leaked',
    preview: ['ecs:shop/checkout, ecs:shop/orders'],
    listed: 4,
    workedMs: 840_000,
    login: '28P01',
  },
  keys: {
    runs: [{ ...keyRun, title: 'IAM access key' }, keyRun],
    old: [
      { title: 'IAM access key', drained: 'active', disabled: 'inactive', removed: 'gone' },
      { title: 'Provider key', drained: 'active', disabled: 'inactive', removed: 'gone' },
    ],
    silent: {
      name: 's3@eu-central-1',
      inTheWay: ['in use by s3@eu-central-1: last used at 2027-03-30T03:00:00Z'],
      disabledMeanwhile: false,
      quietMs: 173_000_000,
    },
  },
  needless: [],
  keyControls: [{ ...keyControl, title: 'Control: access key' }, keyControl],
  controls: [control, { ...control, title: 'Control: no drain' }],
}

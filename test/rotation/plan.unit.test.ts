import { describe, expect, it } from 'vitest'
import type { RotationEvent, Step } from '../../lambdas/rotation/event.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { isOvertaken, plan } from '../../lambdas/rotation/plan.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { giveUpCommand } from '../../lambdas/rotation/way-out.ts'
import { SECRET_ARN, secretWith } from './secret.ts'

const event = (step: Step): RotationEvent => ({
  step,
  secretId: SECRET_ARN,
  token: 'new',
  rotationToken: undefined,
})

interface Row {
  readonly when: string
  readonly step?: Step
  readonly secret: SecretDescription
  readonly outcome: string
}

const rows: readonly Row[] = [
  {
    when: 'the token is AWSPENDING beside an AWSCURRENT: the ordinary step',
    secret: secretWith({ old: ['AWSCURRENT'], new: ['AWSPENDING'] }),
    outcome: 'run from old',
  },
  {
    when: 'the last rotation still drains: createSecret and the target decide, not the labels',
    secret: secretWith({ older: ['AWSPREVIOUS', 'DRAINING'], old: ['AWSCURRENT'], new: ['AWSPENDING'] }),
    outcome: 'run from old',
  },
  {
    when: 'the value that waits leaked: it is not published',
    step: 'finishSecret',
    secret: secretWith(
      { old: ['AWSCURRENT'], new: ['AWSPENDING'] },
      { tags: new Map([[LEAKED_TAG, 'new']]) },
    ),
    outcome: 'refuse: LEAKED',
  },
  {
    when: 'AWSCURRENT leaked, which is a reason to rotate',
    secret: secretWith(
      { old: ['AWSCURRENT'], new: ['AWSPENDING'] },
      { tags: new Map([[LEAKED_TAG, 'old']]) },
    ),
    outcome: 'run from old',
  },
  {
    when: 'what leaked is AWSCURRENT, and a lone testSecret looks at it',
    step: 'testSecret',
    secret: secretWith({ new: ['AWSCURRENT', 'AWSPENDING'] }, { tags: new Map([[LEAKED_TAG, 'new']]) }),
    outcome: 'run from new',
  },
  {
    when: 'finishSecret died after pinning the outgoing version',
    step: 'finishSecret',
    secret: secretWith({ old: ['AWSCURRENT', 'DRAINING'], new: ['AWSPENDING'] }),
    outcome: 'run from old',
  },
  {
    when: 'the rotation finished and its last step comes twice',
    step: 'finishSecret',
    secret: secretWith({ old: ['AWSPREVIOUS', 'DRAINING'], new: ['AWSCURRENT', 'AWSPENDING'] }),
    outcome: 'nothing: ALREADY_CURRENT',
  },
  {
    when: 'the rotation finished and its first step comes late',
    secret: secretWith({ old: ['AWSPREVIOUS'], new: ['AWSCURRENT'] }),
    outcome: 'nothing: ALREADY_CURRENT',
  },
  {
    when: 'the rotation finished, then rotation was turned off: a repeat is still success',
    step: 'finishSecret',
    secret: secretWith({ new: ['AWSCURRENT'] }, { rotationEnabled: false }),
    outcome: 'nothing: ALREADY_CURRENT',
  },
  {
    when: 'a lone testSecret finds AWSPENDING beside AWSCURRENT: the preflight',
    step: 'testSecret',
    secret: secretWith({ new: ['AWSCURRENT', 'AWSPENDING'] }),
    outcome: 'run from new',
  },
  {
    when: 'a late testSecret finds its version published, with AWSPENDING cleaned up',
    step: 'testSecret',
    secret: secretWith({ old: ['AWSPREVIOUS'], new: ['AWSCURRENT'] }),
    outcome: 'nothing: ALREADY_CURRENT',
  },
  {
    when: 'the secret was rolled back to the previous version, and a delivery of the bad one is repeated',
    step: 'finishSecret',
    secret: secretWith({ old: ['AWSCURRENT'], new: ['AWSPREVIOUS'] }),
    outcome: 'refuse: STALE_TOKEN',
  },
  {
    when: 'the token of a version that drains comes again, though AWSPENDING was put back on it',
    step: 'setSecret',
    secret: secretWith({ newer: ['AWSCURRENT'], new: ['DRAINING', 'AWSPENDING'] }),
    outcome: 'refuse: STALE_TOKEN',
  },
  {
    when: 'the previous version has AWSPENDING again',
    step: 'finishSecret',
    secret: secretWith({ newer: ['AWSCURRENT'], new: ['AWSPREVIOUS', 'AWSPENDING'] }),
    outcome: 'refuse: STALE_TOKEN',
  },
  {
    when: 'another rotation took AWSPENDING over',
    secret: secretWith({ old: ['AWSCURRENT'], other: ['AWSPENDING'] }),
    outcome: 'refuse: NOT_PENDING',
  },
  {
    when: 'the rotation was cancelled and its AWSPENDING removed',
    step: 'setSecret',
    secret: secretWith({ old: ['AWSCURRENT'] }),
    outcome: 'refuse: NOT_PENDING',
  },
  {
    when: 'the token was never seen',
    secret: secretWith({}),
    outcome: 'refuse: NOT_PENDING',
  },
  {
    when: 'rotation was cancelled and left AWSPENDING behind',
    step: 'finishSecret',
    secret: secretWith({ old: ['AWSCURRENT'], new: ['AWSPENDING'] }, { rotationEnabled: false }),
    outcome: 'refuse: ROTATION_DISABLED',
  },
  {
    when: 'no version is AWSCURRENT',
    secret: secretWith({ new: ['AWSPENDING'] }),
    outcome: 'refuse: NO_CURRENT_VERSION',
  },
  {
    when: 'the secret is scheduled for deletion, whatever else is true',
    step: 'finishSecret',
    secret: secretWith({ new: ['AWSCURRENT'] }, { deleted: true, owningService: 'rds' }),
    outcome: 'refuse: SECRET_DELETED',
  },
  {
    when: 'another service owns the secret',
    secret: secretWith({ old: ['AWSCURRENT'], new: ['AWSPENDING'] }, { owningService: 'rds' }),
    outcome: 'refuse: MANAGED_SECRET',
  },
]

describe('plan', () => {
  it.each(rows)('when $when, $outcome', ({ step = 'createSecret', secret, outcome }) => {
    const planned = plan(event(step), secret)
    const said =
      planned.do === 'run'
        ? `run from ${planned.currentVersionId}`
        : planned.do === 'nothing'
          ? `nothing: ${planned.because}`
          : `refuse: ${planned.code}`
    expect(said).toBe(outcome)
  })

  it('says how AWSPENDING gets off a version that was published before', () => {
    const rolledBack = secretWith({ old: ['AWSCURRENT'], new: ['AWSPREVIOUS', 'AWSPENDING'] })
    expect(plan(event('finishSecret'), rolledBack)).toMatchObject({
      message: expect.stringContaining(giveUpCommand(SECRET_ARN, 'new')),
    })
  })

  it('names the service that owns a managed secret', () => {
    const managed = secretWith({ new: ['AWSPENDING'] }, { owningService: 'rds' })
    expect(plan(event('createSecret'), managed)).toMatchObject({ message: expect.stringContaining('rds') })
  })
})

describe('isOvertaken', () => {
  const at = (ms: number) => new Date(1_700_000_000_000 + ms)
  it.each([
    { when: 'AWSCURRENT was written after it', pending: at(0), current: at(1), outcome: true },
    { when: 'it was made from an older AWSCURRENT', pending: at(1), current: at(0), outcome: false },
    { when: 'both carry the same date', pending: at(0), current: at(0), outcome: false },
    { when: 'its own date is not known', pending: undefined, current: at(0), outcome: false },
    { when: 'the date of AWSCURRENT is not known', pending: at(0), current: undefined, outcome: false },
  ])('is $outcome when $when', ({ pending, current, outcome }) => {
    const created = new Map([
      ...(pending ? [['p', pending] as const] : []),
      ...(current ? [['c', current] as const] : []),
    ])
    expect(isOvertaken('p', 'c', created)).toBe(outcome)
  })
})

import { describe, expect, expectTypeOf, it } from 'vitest'
import type { AgeLine } from '../../lambdas/inventory/age-line.ts'
import type { State } from '../../lambdas/inventory/states.ts'
import type { AgeReason, OverdueReason } from '../../lambdas/report/late-steps.ts'
import { nextCommand, nextStep } from '../../lambdas/report/next-step.ts'
import type { StuckReason } from '../../lambdas/report/stuck-steps.ts'
import { inCommand, nameInArn } from '../../lambdas/rotation/secret-name.ts'
import type { Overdue } from '../../lambdas/sweep/overdue.ts'
import type { Stuck } from '../../lambdas/sweep/stuck.ts'
import { secretArn } from './alarm.ts'

describe('the next command', () => {
  it.each([
    ['CURRENT_REFUSED', 'npm run overlap -- check shop/app'],
    ['ROLLOUT_FAILED', 'npm run overlap -- status shop/app'],
    ['STILL_USED', 'npm run overlap -- status shop/app'],
    ['REPLICAS_BEHIND', 'aws secretsmanager describe-secret --secret-id shop/app'],
    ['STALE', 'npm run overlap -- check shop/app'],
    ['AGE_UNKNOWN', 'aws secretsmanager describe-secret --secret-id shop/app'],
    ['ROTATION_MISSED', 'npm run overlap -- check shop/app'],
    ['ON_HOLD', 'npm run overlap -- release shop/app'],
    ['USER_MISSING', 'npm run overlap -- provision shop/app'],
    ['PENDING_REFUSED', 'npm run overlap -- hold shop/app --until 24h --reason PENDING_REFUSED'],
    ['STALE_TOKEN', 'aws secretsmanager rotate-secret --secret-id shop/app'],
    ['ROTATION_DISABLED', 'aws secretsmanager rotate-secret --secret-id shop/app --no-rotate-immediately'],
    ['SUPERSEDED', 'aws secretsmanager describe-secret --secret-id shop/app'],
    ['A_CODE_OF_A_LATER_RELEASE', 'npm run overlap -- check shop/app'],
    ['toString', 'npm run overlap -- check shop/app'],
  ])('of %s is: %s', (reason, command) => {
    expect(nextCommand(reason, 'shop/app', 'overlap')).toBe(command)
  })

  it('names a deployment that has another name', () => {
    expect(nextCommand('ON_HOLD', 'shop/app', 'prod')).toBe(
      'npm run overlap -- release shop/app --deployment prod',
    )
  })

  it('comes with what to do', () => {
    expect(nextStep('ADMIN_LACKS_RIGHT').todo).toContain('Run the statement in the message')
    expect(nextStep('A_CODE_OF_A_LATER_RELEASE').todo).toContain('not known')
  })

  it('is known for every reason that the sweep gives', () => {
    expectTypeOf<OverdueReason>().toEqualTypeOf<Overdue['reason']>()
    expectTypeOf<StuckReason>().toEqualTypeOf<Stuck['reason']>()
    expectTypeOf<AgeReason>().toEqualTypeOf<AgeLine['reason']>()
    expectTypeOf<AgeReason>().toExtend<State>()
  })
})

describe('what a command is told of a secret', () => {
  const arn = secretArn('shop/app')
  it.each([
    ['its name', 'shop/app', arn, 'shop/app'],
    ['every character that a name may have', 'a/b_c+d=e.f@g-1', arn, 'a/b_c+d=e.f@g-1'],
    ['its ARN, for a name that is an option', '--all', arn, arn],
    ['its ARN, for a name with a blank', 'shop app', arn, arn],
    ['its ARN, for a name with a command', 'x;reboot', arn, arn],
    ['its ARN, for a name with a substitution', '$(reboot)', arn, arn],
    ['its ARN, for no name', '', arn, arn],
    ['a word to replace, when there is neither', '', '', 'SECRET'],
    ['a word to replace, for an ARN with a command', '`x`', `${arn};reboot`, 'SECRET'],
    ['a word to replace, for an ARN of something else', ' ', 'arn:aws:iam::123456789012:role/x', 'SECRET'],
  ])('is %s', (_what, name, secret, expected) => {
    expect(inCommand(name, secret)).toBe(expected)
  })

  it('may be the name in the ARN, hyphens included', () => {
    expect(nameInArn(secretArn('shop/app-one'))).toBe('shop/app-one')
    expect(nameInArn('arn:aws:secretsmanager:us-east-1:1:secret:x')).toBeUndefined()
  })
})

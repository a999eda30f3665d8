import { describe, expect, it } from 'vitest'
import { Deployments } from '../../../cli/inventory/deployments.ts'
import { isNear, noSuchOwner } from '../../../cli/inventory/owners.ts'
import { listed } from '../../inventory/account.ts'

describe('an owner whom nothing has', () => {
  it.each([
    ['team-paymnts', 'team-payments', true],
    ['team-paymentts', 'team-payments', true],
    ['team-paymemts', 'team-payments', true],
    ['team-paymetns', 'team-payments', true],
    ['Team-Payments', 'team-payments', true],
    ['é', 'e', true],
    ['team-pay', 'team-payments', false],
    ['team-paymen', 'team-payments', false],
    ['team-poymonts', 'team-payments', false],
    ['aab', 'abb', true],
  ])('%s is near to %s: %s', (one, other, near) => {
    expect([isNear(one, other), isNear(other, one)]).toEqual([near, near])
  })

  it.each([
    [['ops', 'team-b', 'TEAM-A'], /, but of TEAM-A, team-b$/],
    [Array.from('bcdefghi', (letter) => `team-${letter}`), /, but of team-b, .*team-f and 3 more$/],
    [['ops'], /, and 1 other owner was seen$/],
    [['ops', 'mail'], /, and 2 other owners were seen$/],
    [[], /, and no other owner was seen$/],
  ])('is told beside those who have something: %j', (seen, says) => {
    expect(noSuchOwner('team-a', new Set(seen))).toMatch(says)
  })
})

describe('deployments', () => {
  type Seen = Parameters<Deployments['see']>[1]
  const seenBy =
    (deployments: Deployments) =>
    (name: string, as: Seen = 'listed', more: object = {}) => {
      const secret = listed(name, {
        rotationFunction: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
        tags: new Map([['overlap:kind', 'postgres']]),
        ...more,
      })
      deployments.hear(secret)
      deployments.see({ id: secret.arn }, as)
    }

  it('are those of whoever rotates what is listed, as functions are called', () => {
    const deployments = new Deployments('overlap')
    const secret = seenBy(deployments)
    secret('overlap-rotate-postgres-main')
    secret('of-somebody')
    secret('rds-rotate-postgres-main', 'listed', { owningService: 'rds' })
    secret('untagged-rotate-postgres-main', 'listed', { tags: new Map() })
    expect([deployments.own, deployments.others()]).toEqual([1, undefined])
    for (const letter of 'gfedcba') secret(`${letter}-rotate-postgres-main`)
    expect(deployments.others()).toMatch(
      /rotated by a, b, c, d, e and 2 more, whose .*: --deployment a judges by them$/,
    )
  })

  it('are of no secret of another owner, and of another state only the one that was asked for', () => {
    const deployments = new Deployments('overlap')
    const secret = seenBy(deployments)
    for (const name of ['overlap', 'payments']) {
      secret(`${name}-rotate-postgres-main`, 'of another owner')
      secret(`${name}-rotate-postgres-two`, 'of another state')
    }
    expect([deployments.own, deployments.others()]).toEqual([1, undefined])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { secretOfEvent } from '../../lambdas/sweep/event.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const labelMoved = {
  version: '0',
  source: 'aws.secretsmanager',
  'detail-type': 'Secret Label Updated',
  resources: [SECRET_ARN],
  detail: { name: 'app/db', labelUpdated: 'AWSCURRENT', versionId: 'new' },
}

describe('an event', () => {
  it('about a label that moved names the secret to visit', () => {
    expect(secretOfEvent(labelMoved)).toBe(SECRET_ARN)
  })

  it.each([
    { what: 'a schedule’s', event: {} },
    { what: 'of another kind', event: { ...labelMoved, 'detail-type': 'Scheduled Event' } },
    { what: 'about no secret', event: { ...labelMoved, resources: [] } },
    { what: 'without resources', event: { ...labelMoved, resources: undefined } },
    { what: 'about something without an ARN', event: { ...labelMoved, resources: ['app/db'] } },
    { what: 'null', event: null },
    { what: 'a word', event: 'sweep' },
  ])('that is $what asks for a whole pass', ({ event }) => {
    expect(secretOfEvent(event)).toBeUndefined()
  })

  it('is read from anything without an exception', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        secretOfEvent(event)
      }),
    )
  })
})

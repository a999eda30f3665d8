import { describe, expect, it } from 'vitest'
import { parseRetireRequest } from '../../lambdas/rotation/retire-request.ts'
import { OLD } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

describe('a retire request', () => {
  const good = { action: 'disable', secretId: SECRET_ARN, versionId: OLD }

  it('keeps the moment that the decision rests on', () => {
    expect(parseRetireRequest({ ...good, unchangedSince: 7 }).unchangedSince).toBe(7)
    expect(parseRetireRequest(good)).not.toHaveProperty('unchangedSince')
  })

  it('ends sessions only when it says so in so many words', () => {
    expect(parseRetireRequest(good).evenIfUsed).toBe(false)
    expect(parseRetireRequest({ ...good, evenIfUsed: 'true' }).evenIfUsed).toBe(false)
    expect(parseRetireRequest({ ...good, evenIfUsed: true }).evenIfUsed).toBe(true)
  })

  it('holds what a person accepted by name, and says in so many words that it leaked', () => {
    expect(parseRetireRequest(good)).not.toHaveProperty('despite')
    expect(parseRetireRequest({ ...good, despite: ['reports@local'] }).despite).toEqual(['reports@local'])
    expect(
      [undefined, 'true', 1, true].map((leaked) => parseRetireRequest({ ...good, leaked }).leaked),
    ).toEqual([false, false, false, true])
  })

  it.each(['inspect', 'disable', 'remove', 'enable', 'restore', 'try', 'peek', 'reclaim', 'leave'])(
    'may be to %s',
    (action) => {
      expect(parseRetireRequest({ ...good, action }).action).toBe(action)
    },
  )

  it.each([
    { what: 'a sighting that is no name', request: { ...good, despite: [1] }, names: 'despite' },
    { what: 'sightings that are no list', request: { ...good, despite: 'reports@local' }, names: 'despite' },
    { what: 'no action', request: { ...good, action: undefined }, names: 'action' },
    { what: 'an action that does not exist', request: { ...good, action: 'drop' }, names: 'action' },
    { what: 'a name where an ARN belongs', request: { ...good, secretId: 'app/db' }, names: 'secretId' },
    { what: 'no secret', request: { ...good, secretId: undefined }, names: 'secretId' },
    { what: 'a version that is a number', request: { ...good, versionId: 1 }, names: 'versionId' },
    { what: 'a span that is a text', request: { ...good, quietForMs: '1h' }, names: 'quietForMs' },
    { what: 'a start that is a text', request: { ...good, disabledAt: 'now' }, names: 'disabledAt' },
    { what: 'a moment that is a text', request: { ...good, unchangedSince: 'now' }, names: 'unchangedSince' },
    { what: 'nothing', request: undefined, names: 'action' },
    { what: 'null', request: null, names: 'action' },
    { what: 'a string', request: 'disable', names: 'action' },
  ])('with $what is EVENT_INVALID and names $names', ({ request, names }) => {
    expect(() => parseRetireRequest(request)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(`field ${names}`) }),
    )
  })
})

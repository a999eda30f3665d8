import { describe, expect, it } from 'vitest'
import { matchesPattern, parseEventPattern } from '../../../sandbox/event-bus/event-pattern.ts'

const event = {
  version: '0',
  source: 'aws.secretsmanager',
  'detail-type': 'Secret Label Updated',
  resources: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-AbCdEf'],
  detail: { name: 'shop/app', labelUpdated: 'AWSCURRENT', count: 3, held: true, reason: null },
}

describe('a pattern', () => {
  it.each([
    ['a field with this value', { source: ['aws.secretsmanager'] }, true],
    ['a field with one of these values', { source: ['overlap', 'aws.secretsmanager'] }, true],
    ['a field with another value', { source: ['overlap'] }, false],
    ['a value in other letters', { source: ['AWS.secretsmanager'] }, false],
    ['several fields', { source: ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] }, true],
    ['several fields, one of them wrong', { source: ['aws.secretsmanager'], version: ['1'] }, false],
    ['a nested field', { detail: { labelUpdated: ['AWSCURRENT'] } }, true],
    ['a nested field with another value', { detail: { labelUpdated: ['DRAINING'] } }, false],
    ['a field that the event lacks', { detail: { owner: ['shop'] } }, false],
    ['a nesting that the event lacks', { detail: { name: { first: ['shop'] } } }, false],
    ['a number', { detail: { count: [3] } }, true],
    ['a number as text', { detail: { count: ['3'] } }, false],
    ['a flag', { detail: { held: [true] } }, true],
    ['null', { detail: { reason: [null] } }, true],
    ['null where there is no field', { detail: { owner: [null] } }, false],
    ['the beginning of a text', { detail: { name: [{ prefix: 'shop/' }] } }, true],
    ['another beginning', { detail: { name: [{ prefix: 'ship/' }] } }, false],
    ['the beginning of something that is no text', { detail: { count: [{ prefix: '3' }] } }, false],
    ['a member of a list', { resources: [event.resources[0]] }, true],
    ['the beginning of a member of a list', { resources: [{ prefix: 'arn:aws:secretsmanager:' }] }, true],
    ['no member of a list', { resources: ['arn:other'] }, false],
  ])('of %s: %j is %s', (_what, pattern, matches) => {
    expect(matchesPattern(event, parseEventPattern(pattern))).toBe(matches)
  })

  it.each([
    [
      'a filter that the sandbox lacks',
      { detail: { count: [{ numeric: ['>', 2] }] } },
      'EventPattern.detail.count',
    ],
    ['two filters in one', { source: [{ prefix: 'aws.', suffix: 'x' }] }, 'EventPattern.source'],
    ['a value outside a list', { source: 'overlap' }, 'EventPattern.source'],
    ['an empty list', { source: [] }, 'EventPattern.source'],
    ['nothing', {}, 'EventPattern'],
    ['no object', 'overlap', 'EventPattern'],
  ])('of %s is refused', (_what, pattern, place) => {
    expect(() => parseEventPattern(pattern)).toThrow(place)
  })
})

import { describe, expect, it } from 'vitest'
import { parseFilterPattern } from '../../../sandbox/cloudwatch/filter-pattern.ts'

const event = JSON.stringify({ outcome: 'failed', severity: 'page', count: 1, detail: { role: 'app "b"' } })

describe('a filter pattern', () => {
  it.each([
    ['{ $.outcome = "failed" }', true],
    ['{$.outcome="failed"}', true],
    ['{ $.outcome = failed }', true],
    ['{ $.outcome = "fail" }', false],
    ['{ $.result = "failed" }', false],
    ['{ $.detail.role = "app \\"b\\"" }', true],
    ['{ $.detail = "app" }', false],
    ['{ $.outcome.first = "failed" }', false],
    ['{ ($.outcome = "failed") && ($.severity = "page") }', true],
    ['{ $.outcome = "failed" && $.severity = "ticket" }', false],
    ['{ $.outcome = "overdue" || $.severity = "page" }', true],
    ['{ $.outcome = "failed" || $.severity = "x" && $.severity = "y" }', true],
    ['{ ($.outcome = "failed" || $.severity = "x") && $.severity = "y" }', false],
  ])('%s matches: %s', (pattern, matches) => {
    expect(parseFilterPattern(pattern)?.(event)).toBe(matches)
  })

  it.each(['START RequestId: 1', '[1]', '"failed"', '{"outcome":'])('never matches %s', (message) => {
    expect(parseFilterPattern('{ $.outcome = "failed" }')?.(message)).toBe(false)
  })

  it.each([
    ['?"user=app_b" ?"user=admin"', 'connection authorized: user=app_b database=shop', true],
    ['?"user=app_b" ?"user=admin"', 'connection authorized: user=admin database=shop', true],
    ['?"user=app_b"', 'connection authorized: user=app database=shop', false],
    ['?"is not permitted"', '{"text": "is not permitted"}', true],
  ])('%s in %j matches: %s', (pattern, message, matches) => {
    expect(parseFilterPattern(pattern)?.(message)).toBe(matches)
  })

  it.each([
    'failed',
    '?failed',
    '?"failed',
    '?"a" "b"',
    '{ }',
    '{ outcome = "failed" }',
    '{ $.outcome != "failed" }',
    '{ $.outcome = }',
    '{ $.outcome = "failed }',
    '{ ($.outcome = "failed" }',
    '{ $.outcome = "failed" && }',
    '{ $.outcome = "failed" $.severity = "page" }',
    '{ || $.outcome = "failed" }',
  ])('%s is not known', (pattern) => {
    expect(parseFilterPattern(pattern)).toBeUndefined()
  })
})

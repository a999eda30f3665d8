import { type FilterLogEventsCommandOutput, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, it } from 'vitest'
import { logSearch } from '../../lambdas/aws/log-search.ts'
import { logsAnswering } from '../fakes/report-clients.ts'

const GROUP = '/aws/lambda/overlap-sweep'
const PATTERN = '{ $.outcome = "failed" }'
type Page = Omit<FilterLogEventsCommandOutput, '$metadata'>

function searching(...pages: (Page | Error)[]) {
  let asked = 0
  const { client, sent } = logsAnswering(() => {
    const page = pages[Math.min(asked++, pages.length - 1)] ?? {}
    if (page instanceof Error) throw page
    return page
  })
  const search = logSearch(client, () => new AbortController().signal)
  return { sent, found: search.search(GROUP, PATTERN, 1_000) }
}

const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })

describe('a search', () => {
  it('goes through every page, the empty ones included', async () => {
    const { sent, found } = searching(
      { events: [{ message: 'one', timestamp: 1_001, ingestionTime: 1_005 }], nextToken: 'a' },
      { events: [], nextToken: 'b' },
      { nextToken: 'c' },
      { events: [{ message: 'two', timestamp: 1_002 }] },
    )
    expect(await found).toEqual({
      lines: [
        { message: 'one', timestamp: 1_001, heardAt: 1_005 },
        { message: 'two', timestamp: 1_002, heardAt: 1_002 },
      ],
    })
    expect(sent.map(({ nextToken }) => nextToken)).toEqual([undefined, 'a', 'b', 'c'])
    expect(sent[0]).toMatchObject({ logGroupName: GROUP, filterPattern: PATTERN, startTime: 1_000 })
    expect(sent[0]).not.toHaveProperty('endTime')
  })

  it('ends after a hundred pages, and says so', async () => {
    const { sent, found } = searching({ events: [{ message: 'x', timestamp: 1 }], nextToken: 'more' })
    const { lines, gap } = await found
    expect([sent.length, lines.length]).toEqual([100, 100])
    expect(gap).toBe(`log group ${GROUP}: it has more than 100 pages since then`)
  })

  it.each([
    ['throttled', throttled, 'ThrottlingException: Rate exceeded'],
    [
      'for a group that is missing',
      new ResourceNotFoundException({ $metadata: {}, message: 'The specified log group does not exist.' }),
      'there is no such log group',
    ],
    ['that has no time', Object.assign(new Error(), { name: 'AbortError' }), 'the time was up'],
    ['that hangs', Object.assign(new Error(), { name: 'TimeoutError' }), 'the time was up'],
  ])('%s says why, and keeps what it found before', async (_what, error, why) => {
    const { found } = searching({ events: [{ message: 'one', timestamp: 1 }], nextToken: 'a' }, error)
    expect(await found).toEqual({
      lines: [{ message: 'one', timestamp: 1, heardAt: 1 }],
      gap: `log group ${GROUP}: ${why}`,
    })
  })
})

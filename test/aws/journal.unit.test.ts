import { ResourceAlreadyExistsException, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, it } from 'vitest'
import { cloudWatchJournal } from '../../lambdas/aws/journal.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { SECRET, sample, sighting, VERSION } from '../evidence/drain.ts'
import { logGroupAnswering } from '../fakes/log-clients.ts'

const NOW = Date.parse('2026-03-02T08:00:00Z')
const GROUP = '/overlap/overlap/journal'

function journalOn(answers: Parameters<typeof logGroupAnswering>[0]) {
  const { client, sent } = logGroupAnswering({
    CreateLogStreamCommand: () => ({}),
    PutLogEventsCommand: () => ({}),
    ...answers,
  })
  const journal = cloudWatchJournal(client, {
    logGroup: GROUP,
    functionName: 'overlap-sweep',
    instance: '5f2c',
    now: () => NOW,
    signal: () => new AbortController().signal,
  })
  const names = () => sent.map(({ command }) => command.replace('Command', ''))
  return { journal, sent, names }
}

/** Of what was put last. */
const lastLine = (sent: readonly { readonly input: Readonly<Record<string, unknown>> }[]) => {
  const [event] = (sent.at(-1)?.input.logEvents ?? []) as { message: string; timestamp: number }[]
  return { message: event?.message ?? '', timestamp: event?.timestamp }
}

describe('a record', () => {
  it('is a line in a stream of the function’s instance, which is made once', async () => {
    const { journal, sent, names } = journalOn({})
    await journal.append(sample(10))
    await journal.append(sample(25))
    expect(names()).toEqual(['CreateLogStream', 'PutLogEvents', 'PutLogEvents'])
    expect(sent[0]?.input).toEqual({ logGroupName: GROUP, logStreamName: 'overlap-sweep/2026-03-02/5f2c' })
    expect(sent[2]?.input).toEqual({
      logGroupName: GROUP,
      logStreamName: 'overlap-sweep/2026-03-02/5f2c',
      logEvents: [{ message: JSON.stringify(sample(25)), timestamp: Date.parse(sample(25).at) }],
    })
  })

  it('goes into a stream that is there', async () => {
    const { journal, names } = journalOn({
      CreateLogStreamCommand() {
        throw new ResourceAlreadyExistsException({ $metadata: {}, message: 'there' })
      },
    })
    await journal.append(sample(10))
    expect(names()).toEqual(['CreateLogStream', 'PutLogEvents'])
  })

  it('that two write at once has one stream', async () => {
    const { journal, names } = journalOn({})
    await Promise.all([journal.append(sample(10)), journal.append(sample(25))])
    expect(names()).toEqual(['CreateLogStream', 'PutLogEvents', 'PutLogEvents'])
  })

  it('that was not taken is a failure, though the service answers', async () => {
    const { journal } = journalOn({
      PutLogEventsCommand: () => ({ rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } }),
    })
    await expect(journal.append(sample(10))).rejects.toMatchObject({
      code: 'JOURNAL_FAILED',
      message: `the journal ${GROUP} could not be written: Error: the record was not taken: {"tooOldLogEventEndIndex":1}`,
    })
  })

  it.each(['CreateLogStreamCommand', 'PutLogEventsCommand'] as const)(
    'is a failure where %s is refused, and the stream is made anew for the next one',
    async (command) => {
      let refused = 0
      const { journal, names } = journalOn({
        [command]() {
          refused += 1
          if (refused === 1)
            throw new ResourceNotFoundException({
              $metadata: {},
              message: 'The specified log stream does not exist.',
            })
          return {}
        },
      })
      await expect(journal.append(sample(10))).rejects.toMatchObject({
        code: 'JOURNAL_FAILED',
        detail: { awsError: 'ResourceNotFoundException' },
      })
      await journal.append(sample(10))
      expect(names().slice(-2)).toEqual(['CreateLogStream', 'PutLogEvents'])
    },
  )

  it('that is too long leaves out sightings, and says how many', async () => {
    const { journal, sent } = journalOn({})
    const sightings = Array.from({ length: 5_000 }, (_, index) => ({
      ...sighting,
      application: `nightly-${index}-ä`,
    }))
    await journal.append(sample(10, { sightings }))
    const { message } = lastLine(sent)
    const kept = JSON.parse(message)
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(256 * 1024 - 26)
    expect(kept.sightings.length).toBeGreaterThan(1_000)
    expect(kept.sightings.length + kept.leftOut).toBe(5_000)
    expect({ ...kept, sightings: [], leftOut: 0 }).toEqual({ ...sample(10), sightings: [], leftOut: 0 })
  })

  it('that is too long with one sighting is a failure: a look that saw somebody never becomes one that saw nobody', async () => {
    const { journal, names } = journalOn({})
    const sightings = [{ ...sighting, application: 'x'.repeat(300_000) }]
    await expect(journal.append(sample(10, { sightings }))).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
    expect(names()).toEqual([])
  })

  it('that is too long without sightings is a failure, and nothing is cut', async () => {
    const { journal, names } = journalOn({})
    const reason = 'x'.repeat(300_000)
    const record: EvidenceRecord = {
      v: 1,
      secret: SECRET,
      version: VERSION,
      at: sample(1).at,
      event: 'leaked',
      by: 'me',
      reason,
    }
    await expect(journal.append(record)).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
    expect(names()).toEqual([])
  })
})

describe('the records of a version', () => {
  const lines = (...messages: unknown[]) => ({
    events: messages.map((message) => ({
      message: typeof message === 'string' ? message : JSON.stringify(message),
    })),
  })

  it('are asked for by secret, version and time', async () => {
    const { journal, sent } = journalOn({ FilterLogEventsCommand: () => lines() })
    expect(await journal.read(SECRET, VERSION, 5)).toEqual([])
    expect(sent[0]?.input).toEqual({
      logGroupName: GROUP,
      startTime: 5,
      filterPattern: `{ ($.secret = "${SECRET}") && ($.version = "${VERSION}") }`,
    })
  })

  it('come from every page, oldest first, each once', async () => {
    const pages = [
      { ...lines(sample(25), sample(40)), nextToken: 'a' },
      { events: [], nextToken: 'b' },
      lines(sample(10), sample(25)),
    ]
    const { journal, sent } = journalOn({ FilterLogEventsCommand: () => pages.shift() ?? {} })
    expect(await journal.read(SECRET, VERSION, 0)).toEqual([sample(10), sample(25), sample(40)])
    expect(sent.map(({ input }) => input.nextToken)).toEqual([undefined, 'a', 'b'])
  })

  it('are read from what anybody may have written: what is no record of them is left alone', async () => {
    const { journal } = journalOn({
      FilterLogEventsCommand: () =>
        lines(
          'START',
          '[]',
          'null',
          { ...sample(10), v: 2 },
          { ...sample(10), secret: 'another' },
          { ...sample(10), version: 'another' },
          { ...sample(10), at: 'yesterday' },
          { ...sample(10), event: 'slept' },
          { ...sample(10), sightings: [{ endpoint: 'x' }] },
          { ...sample(10), sightings: 'none' },
          { ...sample(10), leftOut: 'many' },
          sample(-10),
          { ...sample(40), more: 1, endpoints: 'one' },
          sample(25),
        ),
    })
    const { endpoints: _, ...withoutEndpoints } = { endpoints: [], ...sample(40) }
    expect(await journal.read(SECRET, VERSION, Date.parse(sample(0).at))).toEqual([
      sample(25),
      withoutEndpoints,
    ])
  })

  it.each([
    [
      'that cannot be read',
      {
        FilterLogEventsCommand: () => {
          throw new Error('no')
        },
      },
    ],
    ['of which there are too many', { FilterLogEventsCommand: () => ({ nextToken: 'more' }) }],
  ])('%s are a failure, never a part', async (_what, answers) => {
    await expect(journalOn(answers).journal.read(SECRET, VERSION, 0)).rejects.toMatchObject({
      code: 'JOURNAL_FAILED',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { type Deployment, NotAnswered } from '../../cli/deployment-function.ts'
import type { Wanted } from '../../cli/inventory/wanted.ts'
import { run } from '../../cli/program.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const ready = { results: [{ secret: 'arn:app', name: 'shop/app', outcome: 'ready' }] }

/** `answers`: one for each request, the last one for every further. `says`: what the person at the terminal answers; without it there is none. */
async function overlap(args: readonly string[], answer: unknown = ready, says?: string, ...more: unknown[]) {
  const said = { out: '', err: '' }
  const answers = [answer, ...more]
  const questions: string[] = []
  const asked: { deployment: Deployment; request: object }[] = []
  const taken: Wanted[] = []
  const status = await run(args, {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    ask: async (deployment, request) => {
      asked.push({ deployment, request })
      const given = answers.length > 1 ? answers.shift() : answers[0]
      if (given instanceof Error) throw given
      return given
    },
    ...(says === undefined
      ? {}
      : {
          question: async (text: string) => {
            questions.push(text)
            return says
          },
        }),
    inventory: async (wanted) => {
      taken.push(wanted)
      return typeof answer === 'number' ? answer : 0
    },
    by: 'ann@desk',
    now: () => NOW,
  })
  return {
    status,
    ...said,
    asked,
    request: asked[0]?.request,
    taken,
    wanted: taken[0],
    questions,
    requests: asked.map(({ request }) => request),
  }
}

describe('overlap asks', () => {
  const by = 'ann@desk'
  it.each([
    [['check', 'shop/app'], { action: 'check', secret: 'shop/app' }],
    [['provision', 'shop/app'], { action: 'provision', secret: 'shop/app' }],
    [['leave', 'arn:app'], { action: 'leave', secret: 'arn:app' }],
    [['status'], { action: 'status', all: true }],
    [['status', 'shop/app'], { action: 'status', secret: 'shop/app' }],
    [['rollback', 'a', '--reason', 'it broke'], { action: 'rollback', secret: 'a', reason: 'it broke' }],
    [
      ['rollback', 'a', '--to', 'v1', '--reason', 'r'],
      { action: 'rollback', secret: 'a', to: 'v1', reason: 'r' },
    ],
    [['retire', 'a'], { action: 'retire', secret: 'a', despite: [] }],
    [
      ['retire', 'a', '--despite', 'psql@10.0.0.7', 'cron@10.0.0.9', '--reason', 'r'],
      { action: 'retire', secret: 'a', despite: ['psql@10.0.0.7', 'cron@10.0.0.9'], reason: 'r' },
    ],
    [
      ['retire', '--despite=--all@10.0.0.7', '--despite=b', 'a', '--reason', 'r'],
      { action: 'retire', secret: 'a', despite: ['--all@10.0.0.7', 'b'], reason: 'r' },
    ],
    [['leaked', 'a', '--reason', 'r'], { action: 'leaked', secret: 'a', reason: 'r' }],
    [
      ['leaked', 'a', '--version', 'v1', '--reason', 'r'],
      { action: 'leaked', secret: 'a', version: 'v1', reason: 'r' },
    ],
    [['repair', 'a'], { action: 'repair', secret: 'a' }],
    [
      ['acknowledge', 'a', '--consumer', 'event:x'],
      { action: 'acknowledge', secret: 'a', consumer: 'event:x' },
    ],
    [
      ['acknowledge', 'a', '--consumer', 'manual:x', '--version', 'v1'],
      { action: 'acknowledge', secret: 'a', consumer: 'manual:x', version: 'v1' },
    ],
    [['release', 'shop/app'], { action: 'release', secret: 'shop/app' }],
    [['release', '--all'], { action: 'release', all: true }],
    [
      ['hold', 'shop/app', '--until', '48h', '--reason', 'move'],
      { action: 'hold', secret: 'shop/app', until: '2026-11-27T12:00:00.000Z', reason: 'move' },
    ],
    [
      ['hold', '--all', '--reason', 'year-end close', '--until', '2027-01-02T06:00:00+01:00'],
      { action: 'hold', all: true, until: '2027-01-02T05:00:00.000Z', reason: 'year-end close' },
    ],
  ])('by %j', async (args, request) => {
    expect(await overlap(args)).toMatchObject({ status: 0, err: '', request: { ...request, by } })
  })

  it('the deployment, Region and profile that are named, or the usual ones', async () => {
    const named = ['--deployment', 'green', '--region', 'eu-west-1', '--profile', 'prod']
    expect((await overlap(['check', 'x', ...named])).asked[0]?.deployment).toEqual({
      name: 'green',
      region: 'eu-west-1',
      profile: 'prod',
    })
    expect((await overlap(['check', 'x'])).asked[0]?.deployment).toEqual({
      name: 'overlap',
      region: undefined,
      profile: undefined,
    })
  })
})

describe('overlap takes an inventory', () => {
  const usual: Wanted = {
    deployment: { name: 'overlap', region: undefined, profile: undefined },
    named: false,
    format: 'table',
    html: undefined,
    owner: undefined,
    states: [],
    accessKeys: true,
    exact: false,
    ownerTag: undefined,
  }
  it.each<[readonly string[], Partial<Wanted>]>([
    [[], {}],
    [['--json'], { format: 'json' }],
    [['--csv'], { format: 'csv' }],
    [['--paste'], { format: 'paste' }],
    [['--html', 'a.html'], { html: 'a.html' }],
    [['--html', 'a.html', '--json'], { html: 'a.html', format: 'json' }],
    [['--owner', 'team-shop'], { owner: 'team-shop' }],
    [['--owner', ' team-shop '], { owner: 'team-shop' }],
    [
      ['--state', 'stale', '--state', 'never rotated', '--state', 'Managed-by-AWS', '--state', 'AGE_UNKNOWN'],
      { states: ['STALE', 'NEVER_ROTATED', 'MANAGED_BY_AWS', 'AGE_UNKNOWN'] },
    ],
    [['--no-access-keys'], { accessKeys: false }],
    [['--exact'], { exact: true }],
    [['--owner-tag', 'cost centre'], { ownerTag: 'cost centre' }],
    [['--owner-tag', 'squad '], { ownerTag: 'squad' }],
    [
      ['--deployment', 'overlap', '--region', 'eu-west-1', '--profile', 'prod'],
      { named: true, deployment: { name: 'overlap', region: 'eu-west-1', profile: 'prod' } },
    ],
  ])('by %j', async (args, wanted) => {
    expect(await overlap(['inventory', ...args])).toMatchObject({
      status: 0,
      out: '',
      err: '',
      asked: [],
      taken: [{ ...usual, ...wanted }],
    })
  })

  it.each([0, 1, 3])('and ends as that does, with %i', async (status) => {
    expect((await overlap(['inventory'], status)).status).toBe(status)
  })
})

describe('overlap asks nobody and ends with 2', () => {
  const hold = (...args: readonly string[]) => ['hold', 'x', ...args]
  it.each([
    ['nothing is asked', [], /Usage: overlap/],
    ['the command does not exist', ['drop', 'x'], /unknown command/],
    ['the flag does not exist', ['check', 'x', '--value'], /unknown option/],
    ['no secret is named', ['check'], /missing required argument/],
    ['two are named', ['check', 'a', 'b'], /too many arguments/],
    ['a check of all is meant', ['check', '--all'], /unknown option/],
    ['neither a secret nor all are meant', ['release'], /name a secret, or say --all/],
    ['both are', ['release', 'x', '--all'], /not both/],
    ['there is no reason', hold('--until', '1h'), /--reason/],
    ['there is no moment', hold('--reason', 'r'), /--until/],
    ['the moment could be anything', hold('--until', '2026-12-27T00:00:00', '--reason', 'r'), /time zone/],
    ['the moment is past', hold('--until', '2020-01-01', '--reason', 'r'), /It is past/],
    ['an inventory is to be of two forms', ['inventory', '--json', '--csv'], /cannot be used with/],
    ['it is to be pasted and read by a program', ['inventory', '--paste', '--json'], /cannot be used with/],
    ['it is of no state', ['inventory', '--state', 'old'], /one of: never rotated, stale, /],
    ['it is of an owner without a name', ['inventory', '--owner', ''], /must name an owner/],
    ['its owners are in a tag without a name', ['inventory', '--owner-tag', ' '], /must name a tag/],
    ['its page has no name', ['inventory', '--html', ' '], /must name a file/],
    ['one secret is asked of an inventory', ['inventory', 'x'], /too many arguments/],
    ['status of a secret that is not one word', ['status', 'a', 'b'], /too many arguments/],
    ['a rollback has no reason', ['rollback', 'a'], /--reason/],
    ['a rollback is of all', ['rollback', '--reason', 'r'], /missing required argument/],
    ['somebody is accepted without a reason', ['retire', 'a', '--despite', 'x'], /say with --reason why/],
    ['a leak has no reason', ['leaked', 'a', '--yes'], /--reason/],
    ['a repair is of nothing', ['repair', '--yes'], /missing required argument/],
    ['nobody acknowledges', ['acknowledge', 'a'], /--consumer/],
    ['the moment is now', hold('--until', '0s', '--reason', 'r'), /It is past/],
  ])('when %s', async (_, args, says) => {
    const { status, out, err, asked, taken } = await overlap(args)
    expect([status, out, asked, taken]).toEqual([2, '', [], []])
    expect(err).toMatch(says)
  })
})

describe('overlap asks before it breaks something', () => {
  const about = { secret: 'arn:app', name: 'shop/app' }
  const preview = {
    results: [
      {
        ...about,
        outcome: 'unconfirmed',
        code: 'NOT_CONFIRMED',
        message: 'would break',
        confirm: 'v2',
        information: ['in use by psql'],
      },
    ],
  }
  const done = { results: [{ ...about, outcome: 'leaked' }] }
  const leaked = ['leaked', 'shop/app', '--reason', 'r']
  const by = 'ann@desk'
  const first = { action: 'leaked', secret: 'shop/app', version: undefined, reason: 'r', by }

  it('shows what breaks, and confirms the very version that was shown', async () => {
    const asked = await overlap(leaked, preview, ' shop/app ', done)
    expect(asked).toMatchObject({ status: 0, err: '', requests: [first, { ...first, confirm: 'v2' }] })
    expect(asked.out).toBe(
      'shop/app: nothing is done yet\n  would break\n  in use by psql\nshop/app: marked as leaked\n',
    )
    expect(asked.questions).toEqual([
      'Whoever uses version v2 of shop/app breaks. To go on, type the name of the secret: ',
    ])
  })

  it.each(['', 'y', 'yes', 'shop', 'shop/app2', 'v2'])('takes %j for no', async (says) => {
    const asked = await overlap(leaked, preview, says, done)
    expect(asked).toMatchObject({ status: 1, err: 'NOT_CONFIRMED: nothing was done\n', requests: [first] })
  })

  it('where nobody can be asked does nothing, and says what confirms it', async () => {
    const asked = await overlap(leaked, preview)
    expect(asked).toMatchObject({ status: 1, requests: [first], questions: [] })
    expect(asked.err).toMatch(/^NOT_CONFIRMED: .*add --yes\n$/)
    expect(asked.out).toContain('in use by psql')
  })

  it('with --yes asks nobody, and still confirms the version that was shown', async () => {
    const asked = await overlap([...leaked, '--yes'], preview, 'no', done)
    expect(asked).toMatchObject({ status: 0, questions: [], requests: [first, { ...first, confirm: 'v2' }] })
  })

  it('is not confirmed for a version that moved in between', async () => {
    const moved = { results: [{ ...preview.results[0], confirm: 'v3', message: 'version v2 was confirmed' }] }
    const asked = await overlap([...leaked, '--yes'], preview, undefined, moved)
    expect(asked).toMatchObject({ status: 1, requests: [first, { ...first, confirm: 'v2' }] })
    expect(asked.out).toContain('version v2 was confirmed')
  })

  it.each([
    ['failed', 1],
    ['works', 0],
  ])('asks nothing where the first answer is %s', async (outcome, status) => {
    const asked = await overlap(['repair', 'shop/app'], { results: [{ ...about, outcome }] }, 'y')
    expect(asked).toMatchObject({
      status,
      questions: [],
      requests: [{ action: 'repair', secret: 'shop/app', by }],
    })
  })

  it.each([
    ['y', 0, 2],
    ['yes', 0, 2],
    ['n', 1, 1],
    ['', 1, 1],
  ])('a repair is confirmed by %j: %i', async (says, status, requests) => {
    const asked = await overlap(['repair', 'shop/app'], preview, says, {
      results: [{ ...about, outcome: 'repaired' }],
    })
    expect([asked.status, asked.requests.length]).toEqual([status, requests])
    expect(asked.questions).toEqual(['Apply version v2 of shop/app? [y/N] '])
  })

  it('as JSON never asks, and prints one line', async () => {
    const shown = await overlap([...leaked, '--json'], preview, 'shop/app', done)
    expect([shown.status, shown.questions, JSON.parse(shown.out)]).toEqual([1, [], preview])
    const confirmed = await overlap([...leaked, '--json', '--yes'], preview, undefined, done)
    expect([confirmed.status, JSON.parse(confirmed.out)]).toEqual([0, done])
  })

  it('asks a question without control characters, whatever the secret is called', async () => {
    const hostile = { results: [{ ...preview.results[0], name: 'a\u001b[2Jb', confirm: 'v\n2' }] }
    const { questions } = await overlap(leaked, hostile, '')
    expect(questions.join('')).not.toMatch(/\p{Cc}/u)
  })
})

describe('overlap ends', () => {
  it.each([
    ['ready', 0],
    ['blocked', 1],
    ['failed', 1],
    ['of tomorrow', 1],
  ])('as %s with %s', async (outcome, status) => {
    const answer = { results: [...ready.results, { secret: 'b', outcome }] }
    expect((await overlap(['check', 'x'], answer)).status).toBe(status)
  })

  it.each([
    ['EVENT_INVALID', 2],
    ['NO_ANSWER', 1],
    ['SECRETS_MANAGER_FAILED', 1],
  ])('with %s as the reason by %s, and one line without control characters', async (code, status) => {
    const ended = await overlap(['check', 'x'], new NotAnswered(code, 'one\ntwo\u001b[2J'))
    expect(ended).toMatchObject({ status, out: '', err: `${code}: one two [2J\n` })
    const json = await overlap(['check', 'x', '--json'], new NotAnswered(code, 'one\u009b'))
    expect(json).toMatchObject({
      status,
      err: '',
      out: `{"error":{"code":"${code}","message":"one\\u009b"}}\n`,
    })
  })

  it('with an answer of another form as with none', async () => {
    expect(await overlap(['check', 'x'], 'done')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^NO_ANSWER: .*does not understand\n$/),
    })
  })

  it('with the moment and the reason of a hold', async () => {
    const held = { results: [{ ...ready.results[0], outcome: 'held' }] }
    const { out } = await overlap(['hold', 'shop/app', '--until', '48h', '--reason', 'stock taking '], held)
    expect(out).toBe('shop/app: on hold until 2026-11-27T12:00:00Z: stock taking\n')
  })

  it('with the answer as it is, as JSON', async () => {
    const answer = { results: [{ ...ready.results[0], later: { more: 1 } }] }
    expect(JSON.parse((await overlap(['check', 'x', '--json'], answer)).out)).toEqual(answer)
  })

  it.each([
    ...['check', 'provision', 'hold', 'release', 'leave', 'inventory'],
    ...['status', 'rollback', 'retire', 'leaked', 'repair', 'acknowledge'],
  ])('%s --help with examples that it takes itself', async (command) => {
    const { status, out } = await overlap([command, '--help'])
    const examples = [...out.matchAll(/^ {2}npm run overlap -- (.+)$/gm)].map(([, line = '']) => line)
    expect([status, examples.length > 0]).toEqual([0, true])
    for (const line of examples) {
      const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      expect(await overlap(args), line).toMatchObject({ status: 0, err: '' })
    }
  })

  it('in a defect of its own as any program', async () => {
    await expect(overlap(['check', 'x'], new TypeError('x is undefined'))).rejects.toThrow(TypeError)
  })
})

import { describe, expect, it } from 'vitest'
import { type Deployment, NotAnswered } from '../../cli/deployment-function.ts'
import type { Wanted } from '../../cli/inventory/wanted.ts'
import { run } from '../../cli/program.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const ready = { results: [{ secret: 'arn:app', name: 'shop/app', outcome: 'ready' }] }

async function overlap(args: readonly string[], answer: unknown = ready) {
  const said = { out: '', err: '' }
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
      if (answer instanceof Error) throw answer
      return answer
    },
    inventory: async (wanted) => {
      taken.push(wanted)
      return typeof answer === 'number' ? answer : 0
    },
    by: 'ann@desk',
    now: () => NOW,
  })
  return { status, ...said, asked, request: asked[0]?.request, taken, wanted: taken[0] }
}

describe('overlap asks', () => {
  const by = 'ann@desk'
  it.each([
    [['check', 'shop/app'], { action: 'check', secret: 'shop/app' }],
    [['provision', 'shop/app'], { action: 'provision', secret: 'shop/app' }],
    [['leave', 'arn:app'], { action: 'leave', secret: 'arn:app' }],
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
    ['the moment is now', hold('--until', '0s', '--reason', 'r'), /It is past/],
  ])('when %s', async (_, args, says) => {
    const { status, out, err, asked, taken } = await overlap(args)
    expect([status, out, asked, taken]).toEqual([2, '', [], []])
    expect(err).toMatch(says)
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

  it.each(['check', 'provision', 'hold', 'release', 'leave', 'inventory'])(
    '%s --help with examples that it takes itself',
    async (command) => {
      const { status, out } = await overlap([command, '--help'])
      const examples = [...out.matchAll(/^ {2}npm run overlap -- (.+)$/gm)].map(([, line = '']) => line)
      expect([status, examples.length > 0]).toEqual([0, true])
      for (const line of examples) {
        const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
        expect(await overlap(args), line).toMatchObject({ status: 0, err: '' })
      }
    },
  )

  it('in a defect of its own as any program', async () => {
    await expect(overlap(['check', 'x'], new TypeError('x is undefined'))).rejects.toThrow(TypeError)
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { eventually } from '../../sandbox/program.ts'
import {
  type Account,
  type Ended,
  inventory,
  inventoryHere,
  startAccount,
  startInventory,
} from './account.ts'
import { DAY_MS } from './entries.ts'
import { startRefusals } from './refusals.ts'

/* The command line before an account on loopback; as a process of its own where that matters. */

let account: Account
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-inventory-'))
  account = await startAccount()
  const { secretsManager, iam, lambda } = account
  const ago = (days: number) => Date.now() - days * DAY_MS - 3_600_000
  const secretString = 'a value that nobody is to read'
  const previous = { labels: ['AWSPREVIOUS'], created: ago(399) }
  /** Its listing leaves open how old it is. */
  const doubted = (days: number) => ({
    secretString,
    created: ago(400),
    changed: ago(1),
    versions: [{ labels: ['AWSCURRENT'], created: ago(days) }, previous],
  })
  secretsManager.seed({ name: 'shop/fresh', ...doubted(10), tags: { owner: 'team-shop' } })
  secretsManager.seed({ name: 'shop/due', ...doubted(80), tags: { 'overlap:owner': 'team-shop' } })
  secretsManager.seed({ name: 'shop/stale', ...doubted(95), tags: { Team: 'team-mail' } })
  secretsManager.seed({
    name: '=never',
    secretString,
    created: ago(300),
    description: 'PostgreSQL \u001b[2J',
    tags: { owner: '=team+1' },
  })
  secretsManager.seed({
    name: 'rds!db-1',
    secretString,
    created: ago(3),
    owningService: 'rds',
    tags: { 'cost centre': 'seven' },
  })
  iam.seed({
    name: 'deployer',
    created: ago(500),
    accessKeys: [{ created: ago(20) }],
    tags: { owner: 'ops' },
  })
  iam.seed({ name: 'person', created: ago(500) })
  const bundle = path.join(folder, 'index.js')
  await writeFile(bundle, '')
  const definition = { bundle, handler: 'index.handler', timeoutSeconds: 60, memoryMb: 128 }
  const strict = { OVERLAP_FUNCTIONS: '[]', OVERLAP_STALE_WARNING: '5d', OVERLAP_STALE_CRITICAL: '6d' }
  lambda.register({ ...definition, name: 'strict-sweep', environment: strict })
  lambda.register({ ...definition, name: 'odd-sweep', environment: { OVERLAP_FUNCTIONS: 'none' } })
})
afterAll(async () => {
  await account?.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const service of [account.secretsManager, account.iam]) service.resetCalls()
})

const ATTEMPTS_OF_A_CLIENT = 4

const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  inventoryHere(account, args, more)

const namesIn = (jsonLines: string): readonly string[] =>
  jsonLines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).name)

describe('an inventory', () => {
  it('lists secrets and access keys, the stalest first, ends with 3 and reads no value', async () => {
    const { status, out, err } = await inventory(account, [])
    expect([status, err]).toEqual([3, ''])
    const lines = out.trimEnd().split('\n')
    const order = ['=never', 'shop/stale', 'shop/due', 'deployer', 'shop/fresh', 'rds!db-1']
    expect(lines.slice(1, 7).map((line) => order.find((name) => line.includes(` ${name} `)))).toEqual(order)
    expect(lines.slice(-2)).toEqual([
      '5 secrets and 1 access key: 1 never rotated, 2 stale, 1 due, 3 fresh, 5 unmanaged, 1 managed by AWS',
      '--paste prints entries for overlap.config.ts of 5 that Overlap does not rotate yet',
    ])
    expect(account.secretsManager.calls()).toEqual({ ListSecrets: 1, ListSecretVersionIds: 3 })
    expect(account.iam.calls()).toEqual({ ListUsers: 1, ListAccessKeys: 2, ListUserTags: 1 })
  })

  it('reads no value in any form, with any flag', async () => {
    const page = path.join(folder, 'all.html')
    const runs = [
      ['--json', '--exact'],
      ['--csv', '--html', page],
      ['--paste'],
      ['--owner-tag', 'cost centre'],
    ]
    const printed: Ended[] = []
    for (const args of runs) printed.push(await run(args))
    expect(printed.map(({ status, err }) => [status, err])).toEqual([
      [3, ''],
      [3, `wrote ${page}\n`],
      [3, ''],
      [3, ''],
    ])
    expect(Object.keys(account.secretsManager.calls()).toSorted()).toEqual([
      'ListSecretVersionIds',
      'ListSecrets',
    ])
    const all = printed.map(({ out }) => out).join('') + (await readFile(page, 'utf8'))
    expect(all).not.toContain('nobody is to read')
    expect(all).not.toContain('\u001b')
    expect(printed[1]?.out).toContain(`,'=never,'=team+1,`)
    expect(printed[3]?.out).toMatch(/ seven +rds!db-1 /)
    expect(printed[2]?.out.match(/^\{ name: .*\},$/gm)).toHaveLength(5)
    expect(printed[2]?.out.replace(/^(\{ name: .*\},|\/\/ .*)$/gm, '').trim()).toBe('')
  })

  it('is of an owner, or of states, and ends by what it lists', async () => {
    const shop = await run(['--json', '--owner', 'team-shop'])
    const due = await run(['--json', '--state', 'due', '--state', 'MANAGED_BY_AWS'])
    const words = await run(['--json', '--state', 'never rotated'])
    const keyless = await run(['--json', '--no-access-keys', '--state', 'fresh'])
    expect([shop.status, namesIn(shop.out)]).toEqual([0, ['shop/due', 'shop/fresh']])
    expect([due.status, namesIn(due.out).toSorted()]).toEqual([0, ['rds!db-1', 'shop/due']])
    expect([words.status, namesIn(words.out)]).toEqual([3, ['=never']])
    expect([keyless.status, namesIn(keyless.out).toSorted()]).toEqual([0, ['rds!db-1', 'shop/fresh']])
  })

  it('asks for no access key that it leaves out', async () => {
    await run(['--no-access-keys'])
    expect(account.iam.calls()).toEqual({})
  })
})

describe('an inventory of nothing', () => {
  let nothing: Account
  beforeAll(async () => {
    nothing = await startAccount()
  })
  afterAll(() => nothing?.close())
  const sentence = 'no secrets to list in us-east-1'

  it.each([
    [[], `${sentence}\n`, ''],
    [['--json'], '', `${sentence}\n`],
    [['--paste'], '', `${sentence}\n`],
    [['--csv'], expect.stringMatching(/^type,[a-z_,]+\n$/), `${sentence}\n`],
  ])('says where there is nothing: %j', async (form, out, err) => {
    expect(await inventoryHere(nothing, form)).toEqual({ status: 0, out, err })
  })

  it.each([[[]], [['--json']], [['--csv']]])(
    'says that it is not complete for want of every right: %j',
    async (form) => {
      const { secretsManager, iam, lambda } = nothing
      const refusals = await startRefusals({
        secretsManager: [secretsManager.url, ['ListSecrets']],
        iam: [iam.url, ['ListUsers']],
        lambda: [lambda.url, ['configuration']],
      })
      try {
        const { status, out, err } = await inventoryHere(nothing, form, refusals.environment)
        expect(status).toBe(1)
        expect(`${err}${out}`).toContain(`${sentence}; the inventory is not complete\n`)
        expect(err.match(/^NOT_ALLOWED: /gm)).toHaveLength(2)
      } finally {
        await refusals.close()
      }
    },
  )
})

describe('an inventory of an owner whom nothing has', () => {
  it.each([
    ['team-shp', /^NO_SUCH_OWNER: nothing that was looked at is of the owner team-shp, but of team-shop\n$/],
    ['Team-Mail', /, but of team-mail\n$/],
    ['=team', /, and 4 other owners were seen\n$/],
  ])('such as %s is no good news', async (owner, says) => {
    const { status, out, err } = await run(['--owner', owner])
    expect([status, out]).toEqual([1, 'no secrets to list in us-east-1\n'])
    expect(err).toMatch(says)
  })

  it('is another thing than one of a state that nothing of the owner is in', async () => {
    expect(await run(['--owner', 'team-shop', '--state', 'blocked'])).toEqual({
      status: 0,
      out: 'no secrets to list in us-east-1\n',
      err: '',
    })
  })
})

describe('the clock of an inventory', () => {
  const AHEAD_DAYS = 300
  let later: Account
  beforeAll(async () => {
    const aws = Date.now() + AHEAD_DAYS * DAY_MS
    later = await startAccount(movableClock(aws))
    const created = aws - 100 * DAY_MS
    later.secretsManager.seed({ name: 'shop/app', secretString: 'x', created, tags: { owner: 'team-shop' } })
    later.iam.seed({ name: 'deployer', created, accessKeys: [{ created }], tags: { owner: 'ops' } })
  })
  afterAll(() => later?.close())

  it("is AWS's, and that another one is wrong is said", async () => {
    const { status, out, err } = await inventoryHere(later, ['--json'])
    expect(status).toBe(3)
    const ages = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).ageDays)
    expect(ages).toHaveLength(2)
    for (const age of ages) expect([99, 100]).toContain(age)
    expect(err).toMatch(/^the clock of this machine is 300 days behind AWS's; ages are by AWS's\n$/)
  })

  it.each([[[]], [['--csv']]])('is so in every form: %j', async (form) => {
    const page = path.join(folder, 'later.html')
    const { status, out } = await inventoryHere(later, [...form, '--html', page])
    expect([status, out]).toEqual([3, expect.stringMatching(/(,(99|100),exact|stale.* (99|100) d )/)])
    const text = await readFile(page, 'utf8')
    expect(text).toMatch(/>(99|100) days</)
    expect(text).toContain(new Date(Date.now() + AHEAD_DAYS * DAY_MS).toISOString().slice(0, 8))
    expect(text).toMatch(/<li>the clock of this machine is/)
  })

  it('costs no further call', async () => {
    for (const service of [later.secretsManager, later.iam]) service.resetCalls()
    await inventoryHere(later, [])
    expect(later.secretsManager.calls()).toEqual({ ListSecrets: 1 })
    expect(later.iam.calls()).toEqual({ ListUsers: 1, ListAccessKeys: 1, ListUserTags: 1 })
  })
})

describe('an inventory of what deployments rotate', () => {
  let deployed: Account
  const page = () => path.join(folder, 'deployed.html')
  const rotatedBy = (name: string) => ({
    secretString: 'x',
    created: Date.now() - 10 * DAY_MS,
    tags: { owner: 'team-shop', 'overlap:schedule': 'weekly', 'overlap:kind': 'postgres' },
    rotation: {
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}-rotate-postgres-main`,
      enabled: true,
    },
  })
  beforeAll(async () => {
    deployed = await startAccount()
    const { secretsManager } = deployed
    secretsManager.seed({ name: 'shop/one', ...rotatedBy('overlap') })
    const off = rotatedBy('overlap')
    secretsManager.seed({ name: 'shop/off', ...off, rotation: { ...off.rotation, enabled: false } })
    secretsManager.seed({ name: 'pay/one', ...rotatedBy('payments') })
  })
  afterAll(() => deployed?.close())

  it('is not complete while what theirs has set is not known', async () => {
    const refusals = await startRefusals({ lambda: [deployed.lambda.url, ['configuration']] })
    try {
      const { status, out, err } = await inventoryHere(deployed, [], refusals.environment)
      expect(status).toBe(1)
      expect(out).toContain('; the inventory is not complete\n')
      expect(err).toMatch(
        /^SETTINGS_UNKNOWN: what overlap has set is not known, since .*lambda:GetFunctionConfiguration.*, and overlap rotates 2 of these: /,
      )
    } finally {
      await refusals.close()
    }
    const gone = await inventoryHere(deployed, ['--json'])
    expect(gone.status).toBe(1)
    expect(gone.err).toMatch(/^SETTINGS_UNKNOWN: there is no function overlap-sweep /)
  })

  it('does not need what a deployment has set that rotates none of it', async () => {
    const { status, err } = await inventoryHere(deployed, ['--deployment', 'billing', '--json'])
    expect(status).toBe(0)
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^there is no function billing-sweep .* Thresholds are the usual ones/),
      expect.stringMatching(/^some of these are rotated by overlap, payments, .*: --deployment overlap /),
      '',
    ])
  })

  it('names the deployments that were not asked for', async () => {
    const { err } = await inventoryHere(deployed, [])
    expect(err).toMatch(
      /\nsome of these are rotated by payments, .*: --deployment payments judges by them\n$/,
    )
  })

  it('says nothing of those that it does not list', async () => {
    const { secretsManager } = deployed
    secretsManager.seed({ name: 'crm/api', secretString: 'x', tags: { owner: 'crm' } })
    const narrow = ['--json', '--no-access-keys']
    const crm = await inventoryHere(deployed, [...narrow, '--owner', 'crm', '--state', 'fresh'])
    expect([crm.status, namesIn(crm.out)]).toEqual([0, ['crm/api']])
    expect(crm.err).toBe('')
    const blocked = await inventoryHere(deployed, [
      ...[...narrow, '--owner', 'team-shop', '--state', 'stale'],
      ...['--deployment', 'billing'],
    ])
    expect([blocked.status, blocked.out]).toEqual([0, ''])
    expect(blocked.err).not.toContain('are rotated by')
    // By its own thresholds it may be stale.
    const own = await inventoryHere(deployed, [...narrow, '--owner', 'team-shop', '--state', 'stale'])
    expect([own.status, own.out]).toEqual([1, ''])
    expect(own.err).toContain('and overlap rotates 2 that may be in a state that was asked for: they were')
    expect(own.err).not.toContain('of these')
  })

  it('tells of a secret whose network the deployment has no more that nothing rotates it', async () => {
    const bundle = path.join(folder, 'index.js')
    const definition = { bundle, handler: 'index.handler', timeoutSeconds: 60, memoryMb: 128 }
    deployed.lambda.register({
      ...definition,
      name: 'payments-sweep',
      environment: { OVERLAP_FUNCTIONS: '[]' },
    })
    const { out } = await inventoryHere(deployed, ['--deployment', 'payments', '--json', '--no-access-keys'])
    const told = out.split('\n').filter((line) => line.includes('SECRET_NOT_OURS'))
    expect(told).toEqual([expect.stringContaining('"name":"pay/one"')])
  })

  it('prints commands that look where it looked, as whoever looked, in every form', async () => {
    const credentials = path.join(folder, 'credentials')
    await writeFile(credentials, '[prod]\naws_access_key_id = any\naws_secret_access_key = any\n')
    const more = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_REGION: '' }
    const flags = ['--region', 'us-east-1', '--profile', 'prod', '--no-access-keys']
    const ending = ' --no-rotate-immediately --region us-east-1 --profile prod'
    const table = await inventoryHere(deployed, [...flags, '--html', page()], more)
    expect(table.out).toMatch(new RegExp(`^  aws secretsmanager rotate-secret .*${ending}$`, 'm'))
    expect(await readFile(page(), 'utf8')).toContain(`${ending}</pre>`)
    expect((await inventoryHere(deployed, [...flags, '--csv'], more)).out).toContain(`${ending}\n`)
    expect((await inventoryHere(deployed, [...flags, '--json'], more)).out).toContain(`${ending}"}`)
    expect((await inventoryHere(deployed, ['--json'])).out).toContain(' --no-rotate-immediately"}')
  })
})

describe('the thresholds of an inventory', () => {
  it('are those of the deployment', async () => {
    const { status, err, out } = await run(['--deployment', 'strict', '--json', '--owner', 'team-shop'])
    expect([status, err]).toEqual([3, ''])
    expect(out.match(/"STALE"/g)).toHaveLength(2)
  })

  it.each([
    ['no-such', /^there is no function no-such-sweep .* Thresholds are the usual ones/],
    ['odd', /^odd-sweep is of another release than this program \(OVERLAP_FUNCTIONS must be .*usual ones/],
  ])('are the usual ones, and that is said, where %s has none', async (deployment, says) => {
    const { status, err, out } = await run(['--deployment', deployment, '--json', '--owner', 'team-shop'])
    expect([status, namesIn(out).length]).toEqual([0, 2])
    expect(err).toMatch(says)
  })
})

describe('a page', () => {
  it('is not begun where it cannot be written, and nothing is asked', async () => {
    const { status, out, err } = await run(['--html', path.join(folder, 'none', 'a.html')])
    expect([status, out]).toEqual([1, ''])
    expect(err).toMatch(/^cannot write .*a\.html: there is no folder .*none\n$/)
    expect(account.secretsManager.calls()).toEqual({})
  })

  it('says what it was narrowed down to', async () => {
    const page = path.join(folder, 'narrow.html')
    await run([
      '--html',
      page,
      '--owner',
      'team-shop',
      '--state',
      'due',
      '--state',
      'fresh',
      '--no-access-keys',
    ])
    const text = await readFile(page, 'utf8')
    const narrowing =
      'credentials <bdi>of the owner team-shop, in the state due or fresh, without access keys</bdi>'
    expect(text).toContain(`<caption>Only ${narrowing}, worst first</caption>`)
    expect(text).not.toContain('Every credential')
    await run(['--html', page])
    expect(await readFile(page, 'utf8')).toContain('<caption>Every credential, worst first</caption>')
  })

  it('stays as it was when there is nothing to write', async () => {
    const page = path.join(folder, 'kept.html')
    await writeFile(page, 'before')
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    expect(await run(['--html', page], nobody)).toMatchObject({ status: 1, out: '' })
    expect(await readFile(page, 'utf8')).toBe('before')
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('an inventory that is not complete', () => {
  const nowhere = { AWS_REGION: '', AWS_DEFAULT_REGION: '' }
  const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
  it.each([
    ['a Region', [], nowhere, /^REGION: .*--region.*\n$/],
    ['credentials', [], nobody, /^CREDENTIALS: no AWS credentials were found: .*aws sso login.*\n$/],
    ['a profile', ['--profile', 'x'], nobody, /^CREDENTIALS: .* for the profile x: .*\n$/],
  ] as const)('for want of %s says so once, and ends with 1', async (_, args, more, says) => {
    const { status, out, err } = await run(args, more)
    expect([status, out]).toEqual([1, ''])
    expect(err).toMatch(says)
    expect(account.secretsManager.calls()).toEqual({})
  })

  it('ends a process as it does here', async () => {
    expect(await inventory(account, [], nobody)).toEqual(await run([], nobody))
  })

  it('for want of a right lists what it may see, and names the right', async () => {
    const refusals = await startRefusals({
      secretsManager: [account.secretsManager.url, ['ListSecretVersionIds']],
      iam: [account.iam.url, ['ListUsers']],
      lambda: [account.lambda.url, ['configuration']],
    })
    try {
      const fresh = await run(['--json', '--owner', 'team-shop'], refusals.environment)
      expect([fresh.status, namesIn(fresh.out)]).toEqual([1, ['shop/due', 'shop/fresh']])
      expect(fresh.out.match(/"AGE_UNKNOWN"/g)).toHaveLength(2)
      const lines = fresh.err.trimEnd().split('\n')
      expect(lines).toEqual([
        expect.stringMatching(/^NOT_ALLOWED: .*allow them secretsmanager:ListSecretVersionIds/),
        expect.stringMatching(/^NOT_ALLOWED: .*iam:ListUsers on \*.*--no-access-keys/),
        expect.stringMatching(/^AGE_UNKNOWN: the age of 2 of these is not known/),
      ])
      // What is stale is so, whatever else could not be seen.
      expect((await run(['--owner', '=team+1'], refusals.environment)).status).toBe(3)
      // Whatever is unknown may be in the state that was asked for.
      expect(await run(['--state', 'stale', '--owner', 'team-shop'], refusals.environment)).toMatchObject({
        status: 1,
        out: 'no secrets to list in us-east-1; the inventory is not complete\n',
      })
    } finally {
      await refusals.close()
    }
  })

  it.each([
    { right: 'ListUserTags', listed: ['deployer'], says: /^NOT_ALLOWED: .*iam:ListUserTags on all users/ },
    { right: 'ListAccessKeys', listed: [], says: /^NOT_ALLOWED: .*iam:ListAccessKeys on all users/ },
  ])(
    'for want of $right lists the rest, is not complete, and calls no key unowned',
    async ({ right, listed, says }) => {
      const refusals = await startRefusals({ iam: [account.iam.url, [right]] })
      try {
        const { status, out, err } = await run(['--json', '--state', 'fresh'], refusals.environment)
        expect(err.trimEnd().split('\n')).toEqual([expect.stringMatching(says)])
        const keys = out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
          .filter(({ type }) => type === 'access key')
        expect(keys.map(({ name }) => name)).toEqual(listed)
        expect(keys.flatMap(({ states }) => states)).not.toContain('UNOWNED')
        expect(status).toBe(1)
      } finally {
        await refusals.close()
      }
    },
  )

  it('since a login has expired says so once, asks nothing further, and prints and writes nothing', async () => {
    const refusals = await startRefusals(
      { secretsManager: [account.secretsManager.url, ['ListSecrets']] },
      'ExpiredToken',
    )
    const page = path.join(folder, 'expired.html')
    try {
      const { status, out, err } = await run(['--html', page], refusals.environment)
      expect([status, out]).toEqual([1, ''])
      expect(err).toMatch(
        /^CREDENTIALS: AWS does not take these credentials \(ExpiredToken.*\)\. Log in again.*\n$/,
      )
      expect(account.iam.calls()).toEqual({})
      expect(await readdir(folder)).not.toContain('expired.html')
    } finally {
      await refusals.close()
    }
  })

  it('for want of the right to list secrets still lists access keys', async () => {
    const refusals = await startRefusals({
      secretsManager: [account.secretsManager.url, ['ListSecrets']],
    })
    try {
      const { status, out, err } = await run(['--json'], refusals.environment)
      expect([status, namesIn(out)]).toEqual([1, ['deployer']])
      expect(err).toMatch(
        /^NOT_ALLOWED: .*secretsmanager:ListSecrets on \*, which cannot be narrowed down \(AWS says: not authorized to perform this\)\n$/,
      )
    } finally {
      await refusals.close()
    }
  })
})

describe('an inventory under pressure', () => {
  it('loses nothing when AWS throttles, and lists nothing twice', async () => {
    const { secretsManager } = account
    secretsManager.throttle('ListSecrets', 2)
    secretsManager.throttle('ListSecretVersionIds', 2)
    try {
      const { status, out } = await run(['--json', '--no-access-keys'])
      expect([status, namesIn(out).toSorted()]).toEqual([
        3,
        ['=never', 'rds!db-1', 'shop/due', 'shop/fresh', 'shop/stale'],
      ])
      expect(out).not.toContain('AGE_UNKNOWN')
    } finally {
      secretsManager.throttle('ListSecrets', undefined)
      secretsManager.throttle('ListSecretVersionIds', undefined)
    }
  })

  it('waits for as long as AWS refuses every call, longer than a client does by itself', async () => {
    const { secretsManager } = account
    secretsManager.throttle('ListSecrets', 1)
    try {
      const program = startInventory(account, ['--json', '--no-access-keys', '--owner', 'team-shop'])
      await eventually('five calls', () => (secretsManager.calls().ListSecrets ?? 0) > ATTEMPTS_OF_A_CLIENT)
      secretsManager.throttle('ListSecrets', undefined)
      expect([await program.exited, namesIn(program.stdout())]).toEqual([0, ['shop/due', 'shop/fresh']])
    } finally {
      secretsManager.throttle('ListSecrets', undefined)
    }
  })

  describe('when nobody reads any more', () => {
    let many: Account
    beforeAll(async () => {
      many = await startAccount()
      for (let at = 0; at < 2000; at += 1)
        many.secretsManager.seed({ name: `many/${at}`, secretString: 'x', created: Date.now() - DAY_MS })
    })
    afterAll(() => many?.close())

    /** What it printed, and the program's own exit status. */
    async function throughHead(args: string): Promise<{ readonly out: string; readonly err: string }> {
      const command = `node --import tsx cli/overlap.ts inventory --json ${args} | head -n 1 >&2; echo $\{PIPESTATUS[0]}`
      const shell = spawn('bash', ['-c', command], {
        env: { ...process.env, ...many.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const [out, err] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
      return { out, err }
    }

    it('it ends quietly, and soon', async () => {
      const { out, err } = await throughHead('')
      expect(err).toMatch(/^\{"type":"secret".*\}\n$/)
      expect(out).toBe('1\n')
      expect(many.secretsManager.calls().ListSecrets).toBeLessThan(20)
    })

    it('it goes on for the page that was asked for', async () => {
      const page = path.join(folder, 'unread.html')
      const { out, err } = await throughHead(`--html ${page}`)
      expect(err).toMatch(/^\{"type":"secret".*\}\nwrote .*unread\.html\n$/)
      expect(out).toBe('0\n')
      expect((await readFile(page, 'utf8')).match(/<tr role="row" data-s/g)).toHaveLength(2000)
    })
  })
})

import { describe, expect, it } from 'vitest'
import { configEntry } from '../../lambdas/inventory/config-entry.ts'
import type { Age } from '../../lambdas/inventory/entry.ts'
import { isOursAmong, isOverlaps, namedFunction, otherDeploymentOf } from '../../lambdas/inventory/ours.ts'
import { ownerOf } from '../../lambdas/inventory/owner.ts'
import {
  accessKeyPath,
  adoptionPath,
  awsPath,
  managedPath,
  replicaPath,
} from '../../lambdas/inventory/path.ts'
import type { State } from '../../lambdas/inventory/states.ts'
import { holdOf } from '../../lambdas/rotation/hold.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { arnOf, daysAgo, listed, NOW, OUR_FUNCTION, ours, tagged } from './account.ts'

const theirs = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate-them'

describe('the way of a secret that nothing of Overlap’s rotates', () => {
  it.each<{ by: string; changes: Partial<ListedSecret>; kind: string | undefined }>([
    { by: 'its tag', changes: { tags: tagged({ 'overlap:kind': 'postgres' }) }, kind: 'postgres' },
    { by: 'its name', changes: { name: 'prod/Postgres/app' }, kind: 'postgres' },
    { by: 'its description', changes: { description: 'user of Aurora PostgreSQL' }, kind: 'postgres' },
    { by: 'a tag', changes: { tags: tagged({ engine: 'aurora-postgresql' }) }, kind: 'postgres' },
    { by: 'the key of a tag', changes: { tags: tagged({ 'pgsql-host': 'x' }) }, kind: 'postgres' },
    {
      by: 'its rotation function',
      changes: { rotationFunction: `${theirs}-PostgreSQLSingleUser` },
      kind: 'postgres',
    },
    {
      by: 'nothing',
      changes: { description: 'mysql', tags: tagged({ 'overlap:kind': 'mysql' }) },
      kind: undefined,
    },
  ])('is guessed by $by', ({ changes, kind }) => {
    const secret = listed('a', changes)
    const path = adoptionPath(secret, 'team-shop')
    expect(path).toMatchObject({ kind, entry: configEntry(secret, 'team-shop'), run: undefined })
    expect(path.says).toContain(kind === undefined ? 'its kind is not known' : 'speak of PostgreSQL')
    expect(path.says).toContain('paste the entry into secrets of its database')
  })

  it.each<{ what: string; changes: Partial<ListedSecret>; owner?: string; says: string }>([
    {
      what: 'whose function rotates it today',
      changes: { rotationEnabled: true, rotationFunction: theirs },
      says: 'The function rotate-them rotates it today; a deployment puts its own in the place of that',
    },
    {
      what: 'which function is turned off',
      changes: { rotationFunction: theirs },
      says: 'It has the rotation function rotate-them, turned off',
    },
    {
      what: 'which key the entry cannot name',
      changes: { keyId: 'alias/shop' },
      says: 'It is encrypted with alias/shop: add keyArn with the ARN of that key',
    },
    {
      what: 'that it has no owner',
      changes: {},
      says: 'No tag says whose it is: write its owner in the place of ?',
    },
    {
      what: 'that its owner cannot be written down',
      changes: {},
      owner: '<team>',
      says: 'A tag cannot hold its owner’s name'.replace('’', "'"),
    },
  ])('says $what', ({ changes, owner, says }) => {
    expect(adoptionPath(listed('a', changes), owner).says).toContain(says)
  })

  it('is Secrets Manager’s own where it rotates a secret without a function: there is nothing to paste', () => {
    const path = adoptionPath(listed('postgres', { rotationEnabled: true }), 'team-shop')
    expect(path).toMatchObject({ kind: undefined, entry: undefined, run: undefined })
    expect(path.says).toContain('Secrets Manager rotates it by itself')
    expect(adoptionPath(listed('postgres', { rotationEnabled: false }), 'team-shop').entry).toBeDefined()
  })

  it('says that it has no value to begin with', () => {
    expect(adoptionPath(listed('a', { versions: new Map() }), 'x').says).toContain('It has no value yet')
    expect(adoptionPath(listed('a'), 'x').says).not.toContain('no value')
  })

  it('says nothing of AWS’s own key, nor of one that the entry names', () => {
    for (const keyId of [
      undefined,
      'alias/aws/secretsmanager',
      'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    ])
      expect(adoptionPath(listed('a', { keyId }), 'x').says).not.toContain('encrypted')
  })
})

describe('the way of a secret that Overlap rotates', () => {
  const aged = (of: Age['of']): Age => ({ since: daysAgo(100).getTime(), precision: 'exact', of })
  const way = (states: readonly State[], secret = ours('a'), of: Age['of'] = 'AWSCURRENT') =>
    managedPath(secret, { states, age: aged(of), hold: holdOf(secret.tags, [], NOW), blocked: undefined })
  const command = (words: string) => `aws secretsmanager ${words}`

  it.each<{
    what: string
    states: readonly State[]
    secret?: ListedSecret
    says: string
    run: string | undefined
  }>([
    { what: 'a fresh one', states: ['FRESH'], says: 'Overlap rotates it by schedule weekly', run: undefined },
    {
      what: 'one without a schedule',
      states: ['FRESH'],
      secret: ours('a', { tags: tagged({ 'overlap:owner': 'x' }) }),
      says: 'names no schedule',
      run: undefined,
    },
    {
      what: 'a stale one',
      states: ['STALE'],
      says: 'weekly',
      run: command(`rotate-secret --secret-id ${arnOf('a')}`),
    },
    {
      what: 'one that is turned off, stale or not',
      states: ['STALE', 'DISABLED'],
      says: 'turned off',
      run: command(
        `rotate-secret --secret-id ${arnOf('a')} --rotation-lambda-arn ${OUR_FUNCTION} --no-rotate-immediately`,
      ),
    },
    {
      what: 'one that a person holds',
      states: ['STALE', 'ON_HOLD'],
      secret: ours('a', {}, { 'overlap:hold': '2026-12-24T00:00:00Z close' }),
      says: 'or is released',
      run: 'npm run overlap -- release a',
    },
    {
      what: 'one of another deployment that a person holds',
      states: ['ON_HOLD'],
      secret: ours(
        'a',
        { rotationFunction: OUR_FUNCTION.replace('overlap-', 'shop-') },
        { 'overlap:hold': '2026-12-24T00:00:00Z close' },
      ),
      says: 'or is released',
      run: 'npm run overlap -- release a --deployment shop',
    },
    {
      what: 'one whose old credential stays valid in mode observe',
      states: ['STALE', 'DRAINING'],
      secret: ours('a', {}, { 'overlap:mode': 'observe' }),
      says: 'stays valid in mode observe',
      run: command(`tag-resource --secret-id ${arnOf('a')} --tags Key=overlap:mode,Value=enforce`),
    },
    {
      what: 'one whose old credential is about to be retired',
      states: ['STALE', 'DRAINING'],
      says: 'when its drain is over',
      run: undefined,
    },
    {
      what: 'one with a rotation under way',
      states: ['STALE', 'ROTATING'],
      says: 'under way',
      run: undefined,
    },
  ])('of $what', ({ states, secret, says, run }) => {
    const path = way(states, secret)
    expect(path).toMatchObject({ kind: 'postgres', entry: undefined, run })
    expect(path.says).toContain(says)
  })

  const observed = { 'overlap:mode': 'observe' }
  const held = { ...observed, 'overlap:hold': '2026-12-24T00:00:00Z close' }
  const enforce = command(`tag-resource --secret-id ${arnOf('a')} --tags Key=overlap:mode,Value=enforce`)
  const turnOn = 'Its rotation is turned off, too: ask why, and turn it on when that is over'

  it.each<{ what: string; states: readonly State[]; tags: Record<string, string>; says: RegExp }>([
    {
      what: 'turned off',
      states: ['STALE', 'DISABLED', 'DRAINING'],
      tags: observed,
      says: new RegExp(`the mode enforce has it retired. ${turnOn}$`),
    },
    {
      what: 'turned off, and due',
      states: ['DUE', 'DISABLED', 'DRAINING'],
      tags: observed,
      says: new RegExp(`${turnOn}$`),
    },
    {
      what: 'on hold',
      states: ['STALE', 'ON_HOLD', 'DRAINING'],
      tags: held,
      says: /has it retired when the hold ends, or is released$/,
    },
    {
      what: 'both',
      states: ['STALE', 'DISABLED', 'ON_HOLD', 'DRAINING'],
      tags: held,
      says: new RegExp(`or is released. ${turnOn}$`),
    },
  ])('that mode observe makes old, while it is $what, is the mode enforce', ({ states, tags, says }) => {
    const path = way(states, ours('a', {}, tags), 'DRAINING')
    expect(path.run).toBe(enforce)
    expect(path.says).toMatch(says)
  })

  it.each<{ what: string; states: readonly State[]; tags: Record<string, string>; of: Age['of'] }>([
    { what: 'old by itself', states: ['STALE', 'DISABLED', 'DRAINING'], tags: observed, of: 'AWSCURRENT' },
    { what: 'fresh', states: ['FRESH', 'DISABLED', 'DRAINING'], tags: observed, of: 'DRAINING' },
    { what: 'in mode enforce', states: ['STALE', 'DISABLED', 'DRAINING'], tags: {}, of: 'DRAINING' },
  ])('that is turned off is to turn it on while it is $what', ({ states, tags, of }) => {
    expect(way(states, ours('a', {}, tags), of).run).toContain('--no-rotate-immediately')
  })

  it('in a freeze waits for its end to retire what mode observe kept', () => {
    const hold = { until: NOW + 1, reason: 'sales', by: 'freeze', since: NOW } as const
    const states = ['STALE', 'ON_HOLD', 'DRAINING'] as const
    const { says, run } = managedPath(ours('a', {}, observed), {
      states,
      age: aged('DRAINING'),
      hold,
      blocked: undefined,
    })
    expect([says, run]).toEqual([
      expect.stringMatching(/has it retired when the freeze of the deployment ends$/),
      enforce,
    ])
  })

  it('in a freeze is to wait', () => {
    const hold = { until: NOW + 1, reason: 'sales', by: 'freeze', since: NOW } as const
    const { says, run } = managedPath(ours('a'), {
      states: ['ON_HOLD'],
      age: undefined,
      hold,
      blocked: undefined,
    })
    expect(says).toContain('when the freeze of the deployment ends')
    expect(run).toBeUndefined()
  })

  it('quotes what a shell would take for more than a name', () => {
    const secret = ours('a', { name: '$(reboot)', arn: `${arnOf('a')}; reboot #'` })
    expect(way(['STALE'], secret).run).toBe(
      `aws secretsmanager rotate-secret --secret-id '${arnOf('a')}; reboot #'\\'''`,
    )
    const blocked = { reason: 'X', because: 'x', run: undefined }
    const { run } = managedPath(secret, { states: ['BLOCKED'], age: undefined, hold: undefined, blocked })
    expect(run).toBe('npm run overlap -- check SECRET')
  })
})

describe('the way of what others rotate', () => {
  it('is theirs', () => {
    const managed = listed('a', { owningService: 'rds', rotationEnabled: true })
    expect(awsPath(managed).says).toBe('The AWS service rds made it and rotates it by itself')
    expect(awsPath({ ...managed, rotationEnabled: false }).says).toContain('its own settings')
    expect(awsPath({ ...managed, rotationFunction: theirs }).says).toBe(
      'The AWS service rds made it and the function rotate-them rotates it',
    )
    expect(replicaPath(listed('a', { primaryRegion: 'us-east-1' })).says).toContain(
      'its primary in us-east-1',
    )
  })

  describe('of an access key', () => {
    const key = {
      id: "--o'brien; reboot",
      userName: 'alice',
      userArn: 'arn:aws:iam::111122223333:user/alice',
      active: true,
      created: undefined,
      isOnly: true,
      tags: new Map<string, string>(),
    }
    const look = `aws iam get-access-key-last-used --access-key-id='--o'\\''brien; reboot'`

    it('begins with a look, has an entry whose secret is left open, and its id ends no command', () => {
      expect(accessKeyPath(key, 'team-ops')).toMatchObject({
        kind: 'iam-access-key',
        says: expect.stringContaining('paste the entry'),
        entry: "{ name: '?', arn: '?', userArn: 'arn:aws:iam::111122223333:user/alice', owner: 'team-ops' },",
        run: look,
      })
      expect(accessKeyPath(key, undefined).entry).toContain("owner: '?'")
    })

    it('that is inactive is to be deleted when nobody misses it', () => {
      expect(accessKeyPath({ ...key, active: false }, undefined)).toMatchObject({
        entry: undefined,
        says: expect.stringContaining('delete it when nobody misses it'),
        run: look,
      })
    })

    it('whose user has a secret in rotation has no entry, which a synth would refuse', () => {
      const path = (isOnly: boolean) => accessKeyPath({ ...key, isOnly }, 'team-ops', 'robots/deploy')
      expect(path(true)).toMatchObject({ entry: undefined, run: undefined })
      expect(path(true).says).toContain('secret robots/deploy, which Overlap rotates, holds the key')
      expect(path(false)).toMatchObject({ entry: undefined, run: look })
      expect(path(false).says).toContain('nothing says that it is this one')
      const inactive = accessKeyPath({ ...key, active: false }, 'team-ops', 'robots/deploy')
      expect(inactive.says).toContain('delete it when nobody misses it')
    })

    it('that a secret holds which is not listed is that secret’s, and nothing is to be done here', () => {
      const tags = new Map([
        [
          `overlap:key:${key.id}`,
          'v=1 secret=0123456789abcdef version=a state=live since=2026-01-01T00:00:00Z',
        ],
      ])
      expect(accessKeyPath({ ...key, tags }, undefined)).toMatchObject({ entry: undefined, run: undefined })
    })
  })
})

describe('the owner', () => {
  it.each<{
    what: string
    tags: Record<string, string>
    first?: readonly string[]
    owner: string | undefined
  }>([
    { what: 'nobody', tags: { cost: 'x' }, owner: undefined },
    { what: 'whom Overlap’s tag names', tags: { owner: 'a', 'overlap:owner': 'b' }, owner: 'b' },
    { what: 'whom a tag owner names, before a team', tags: { Team: 'a', OWNER: 'b' }, owner: 'b' },
    { what: 'a team', tags: { Team: 'a' }, owner: 'a' },
    {
      what: 'whom the first tag names',
      tags: { 'overlap:owner': 'a', squad: 'b' },
      first: ['Squad'],
      owner: 'b',
    },
    { what: 'not an empty tag', tags: { 'overlap:owner': ' ', owner: '', Owner: ' c ' }, owner: 'c' },
  ])('is $what', ({ tags, first = [], owner }) => {
    expect(ownerOf(tagged(tags), first)).toBe(owner)
  })
})

describe('a deployment’s secret', () => {
  const elsewhere = OUR_FUNCTION.replace('overlap-', 'other-')
  it('is told by its function where the functions are known, and otherwise by name and tags', () => {
    const known = isOursAmong(new Set([OUR_FUNCTION]))
    const other = ours('a', { rotationFunction: elsewhere })
    expect([known(ours('a')), known(other), isOursAmong(undefined)(other), isOverlaps(other)]).toEqual([
      true,
      false,
      true,
      true,
    ])
  })

  it('that another one rotates is told by that one’s name', () => {
    const known = isOursAmong(new Set([OUR_FUNCTION]))
    const other = ours('a', { rotationFunction: elsewhere })
    expect(otherDeploymentOf(other, known)).toBe('other')
    for (const secret of [
      ours('a'),
      listed('a'),
      ours('a', { rotationFunction: theirs }),
      { ...other, owningService: 'rds' },
      { ...other, tags: new Map() },
    ])
      expect(otherDeploymentOf(secret, known)).toBeUndefined()
    expect(otherDeploymentOf(other, isOursAmong(undefined))).toBeUndefined()
  })

  it('is nobody’s when it was handed back, was never tagged, or has another function', () => {
    const handedBack = ours('a', { rotationEnabled: false, tags: new Map() })
    expect(isOursAmong(new Set([OUR_FUNCTION]))(handedBack)).toBe(false)
    expect(isOverlaps(handedBack)).toBe(false)
    expect(isOverlaps(ours('a', { tags: new Map() }))).toBe(false)
    expect(isOverlaps(ours('a', { rotationFunction: theirs }))).toBe(false)
    expect(isOverlaps(ours('a', { rotationFunction: undefined }))).toBe(false)
  })

  it.each([
    { arn: OUR_FUNCTION, named: { deployment: 'overlap', kind: 'postgres' } },
    { arn: `${OUR_FUNCTION}:live`, named: { deployment: 'overlap', kind: 'postgres' } },
    { arn: OUR_FUNCTION.replace('overlap-', 'my-shop-'), named: { deployment: 'my-shop', kind: 'postgres' } },
    { arn: OUR_FUNCTION.replace('rotate', 'retire'), named: undefined },
    { arn: OUR_FUNCTION.replace('postgres', 'mysql'), named: undefined },
    { arn: OUR_FUNCTION.replace('overlap-', ''), named: undefined },
    { arn: OUR_FUNCTION.replace('-main', ''), named: undefined },
    { arn: undefined, named: undefined },
  ])('of $arn is of $named', ({ arn, named }) => {
    expect(namedFunction(arn)).toEqual(named)
  })
})

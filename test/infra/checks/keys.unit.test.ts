import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { configProblems } from '../../../infra/checks/config.ts'
import type { EnvironmentConfig } from '../../../infra/deployment.ts'
import { mailDefinition } from '../mail-definition.ts'

const secretArn = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'
const deploy = {
  name: 'robots/deploy',
  arn: secretArn('robots/deploy'),
  userArn: 'arn:aws:iam::111122223333:user/ci/deployer',
  owner: 'team-ci',
}
const sender = { name: 'mail/sender', arn: secretArn('mail/sender'), owner: 'team-shop' }
const mail = { definition: mailDefinition, adminSecretArn: secretArn('mail/admin'), secrets: [sender] }
const good: EnvironmentConfig = {
  name: 'production',
  account: '111122223333',
  region: 'eu-west-1',
  networks: {},
  databases: {},
  accessKeys: { robots: { secrets: [deploy] } },
  providers: { mail },
}

/** As it comes from a file that nobody asked TypeScript about. */
type Loose = Record<string, unknown>

const environment = (fields: Loose) => ({ environments: [{ ...good, ...fields } as EnvironmentConfig] })
const accessKey = (fields: Loose, around: Loose = {}) =>
  environment({ accessKeys: { robots: { secrets: [{ ...deploy, ...fields }] } }, ...around })
const group = (fields: Loose) => environment({ accessKeys: { robots: { secrets: [deploy], ...fields } } })
const provider = (fields: Loose) => environment({ providers: { mail: { ...mail, ...fields } } })
const providerKey = (fields: Loose) => provider({ secrets: [{ ...sender, ...fields }] })
const defined = (fields: Loose) => provider({ definition: { ...mailDefinition, ...fields } })

const ENVIRONMENT = 'environment production'
const DEPLOY = `${ENVIRONMENT}, accessKeys robots, secret robots/deploy`
const ROBOTS = `${ENVIRONMENT}, accessKeys robots`
const MAIL = `${ENVIRONMENT}, provider mail`
const SENDER = `${MAIL}, secret mail/sender`

describe('a configuration with keys', () => {
  it.each([
    ['keys alone, and no network', environment({})],
    ['keys alone, and nothing else', environment({ networks: undefined, databases: undefined })],
    [
      'users and keys of what something else lists',
      environment({
        accessKeys: {
          robots: {
            userArns: ['arn:aws:iam::111122223333:user/exporter'],
            secretKeyArns: [keyArn],
            secrets: [],
          },
        },
        providers: { mail: { ...mail, secretKeyArns: [keyArn], secrets: [] } },
      }),
    ],
    [
      'a provider in a network',
      environment({ networks: { main: 'no-vpc' }, providers: { mail: { ...mail, network: 'main' } } }),
    ],
    ['the least lag of IAM', accessKey({ lag: Duration.hours(4) })],
    ['no lag, where the provider tells of a use at once', providerKey({ lag: Duration.hours(0) })],
    ['evidence of looks', accessKey({ evidence: 'sampled', consumers: ['manual:pipeline'] })],
    ['a ready definition', provider({ definition: 'sendgrid' })],
    ['what a ready definition leaves open', provider({ definition: 'cloudflare', with: { account: 'a1' } })],
    [
      'as long as fits into a week',
      accessKey({ drain: Duration.hours(46), lag: Duration.hours(36), quarantine: Duration.hours(83) }),
    ],
  ])('may have %s', (_, config) => {
    expect(configProblems(config)).toEqual([])
  })

  it.each([
    // Whose key it is.
    ['no user', accessKey({ userArn: undefined }), 'SETTING_INVALID', DEPLOY, 'userArn'],
    ['a name in place of an ARN', accessKey({ userArn: 'deployer' }), 'ARN_INVALID', DEPLOY, 'userArn'],
    [
      'a role',
      accessKey({ userArn: 'arn:aws:iam::111122223333:role/deployer' }),
      'ARN_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'all users',
      accessKey({ userArn: 'arn:aws:iam::111122223333:user/*' }),
      'ARN_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'all users of a path',
      accessKey({ userArn: 'arn:aws:iam::111122223333:user/ci*/deployer' }),
      'ARN_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'the root user',
      accessKey({ userArn: 'arn:aws:iam::111122223333:root' }),
      'ARN_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'a user of another account',
      accessKey({ userArn: 'arn:aws:iam::444455556666:user/deployer' }),
      'ARN_ELSEWHERE',
      DEPLOY,
      'userArn',
    ],
    [
      'a user of another partition',
      accessKey({ userArn: 'arn:aws-us-gov:iam::111122223333:user/deployer' }),
      'ARN_ELSEWHERE',
      DEPLOY,
      'userArn',
    ],
    [
      'a user in a Region',
      accessKey({ userArn: 'arn:aws:iam:eu-west-1:111122223333:user/deployer' }),
      'ARN_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'a user whose name no tag can hold',
      accessKey({ userArn: 'arn:aws:iam::111122223333:user/a,b' }),
      'TAG_INVALID',
      DEPLOY,
      'userArn',
    ],
    [
      'one user for two secrets',
      environment({
        accessKeys: {
          robots: { secrets: [deploy] },
          more: { secrets: [{ ...deploy, name: 'other', arn: secretArn('other') }] },
        },
      }),
      'USER_TWICE',
      `${ENVIRONMENT}, accessKeys more, secret other`,
      'userArn',
    ],
    [
      'one user for a secret and for what is not listed',
      group({ userArns: ['arn:aws:iam::111122223333:user/Deployer'] }),
      'USER_TWICE',
      ROBOTS,
      'userArns',
    ],
    ['a name in place of an ARN in userArns', group({ userArns: ['a'] }), 'ARN_INVALID', ROBOTS, 'userArns'],
    [
      'users of another account in userArns',
      group({ userArns: ['arn:aws:iam::444455556666:user/a'] }),
      'ARN_ELSEWHERE',
      ROBOTS,
      'userArns',
    ],
    [
      'aliases of keys for what a group does not list',
      group({ secretKeyArns: ['alias/mine'] }),
      'ARN_INVALID',
      ROBOTS,
      'secretKeyArns',
    ],
    [
      'aliases of keys for what a provider does not list',
      provider({ secretKeyArns: ['alias/mine'] }),
      'ARN_INVALID',
      MAIL,
      'secretKeyArns',
    ],
    [
      'the same user with another path and case',
      environment({
        accessKeys: {
          robots: {
            secrets: [
              deploy,
              {
                ...deploy,
                name: 'other',
                arn: secretArn('other'),
                userArn: 'arn:aws:iam::111122223333:user/Deployer',
              },
            ],
          },
        },
      }),
      'USER_TWICE',
      `${ENVIRONMENT}, accessKeys robots, secret other`,
      'userArn',
    ],
    // The secret.
    [
      'an ARN of another secret',
      accessKey({ name: 'robots/other' }),
      'ARN_INVALID',
      `${ENVIRONMENT}, accessKeys robots, secret robots/other`,
      'arn',
    ],
    [
      'a secret in no Region',
      providerKey({ arn: 'arn:aws:secretsmanager::111122223333:secret:mail/sender-AbCdEf' }),
      'ARN_INVALID',
      SENDER,
      'arn',
    ],
    [
      'a secret of another partition',
      providerKey({ arn: secretArn('mail/sender').replace('arn:aws:', 'arn:aws-cn:') }),
      'ARN_ELSEWHERE',
      SENDER,
      'arn',
    ],
    ['no ARN', providerKey({ arn: undefined }), 'SETTING_INVALID', SENDER, 'arn'],
    ['an alias of a key', providerKey({ keyArn: 'alias/mine' }), 'ARN_INVALID', SENDER, 'keyArn'],
    ['no owner', accessKey({ owner: undefined }), 'OWNER_MISSING', DEPLOY, 'owner'],
    [
      'a secret in two places',
      environment({
        providers: { mail: { ...mail, secrets: [{ ...sender, name: deploy.name, arn: deploy.arn }] } },
      }),
      'SECRET_TWICE',
      `${ENVIRONMENT}, provider mail, secret robots/deploy`,
      'name',
    ],
    ['a secret that is to be made', providerKey({ newUser: 'sender' }), 'SETTING_INVALID', SENDER, 'newUser'],
    // How it is rotated.
    ...(
      [
        ['strategy', 'single-user'],
        ['acceptFailedLogins', true],
        ['allowScram', true],
        ['probe', 'SELECT 1'],
        ['partner', 'b'],
        ['adoptPartner', 'b'],
      ] as const
    ).map(
      ([field, value]) =>
        [
          `a ${field}, which users have`,
          accessKey({ [field]: value }),
          'SETTING_INVALID',
          DEPLOY,
          field,
        ] as const,
    ),
    ['evidence of a log', accessKey({ evidence: 'logged' }), 'SETTING_INVALID', DEPLOY, 'evidence'],
    [
      'evidence of looks without consumers',
      accessKey({ evidence: 'sampled' }),
      'SETTING_INVALID',
      DEPLOY,
      'evidence',
    ],
    [
      'evidence of looks, of a provider that tells of no use',
      provider({
        definition: 'sendgrid',
        secrets: [{ ...sender, evidence: 'sampled', consumers: ['ecs:shop/mailer'] }],
      }),
      'SETTING_INVALID',
      SENDER,
      'evidence',
    ],
    [
      'a lag below what IAM promises',
      accessKey({ lag: Duration.minutes(239) }),
      'DURATION_INVALID',
      DEPLOY,
      'lag',
    ],
    [
      'part of a second as lag',
      accessKey({ lag: Duration.millis(18_000_500) }),
      'DURATION_INVALID',
      DEPLOY,
      'lag',
    ],
    [
      'a drain that fits, and its lag that does not',
      accessKey({ drain: Duration.hours(47), lag: Duration.hours(36), quarantine: Duration.hours(84) }),
      'TIMING_TOO_TIGHT',
      DEPLOY,
      'schedule',
    ],
    [
      'a drain that with the lag nobody set does not fit',
      providerKey({ drain: Duration.days(4) }),
      'TIMING_TOO_TIGHT',
      SENDER,
      'schedule',
    ],
    [
      'a drain below the floor',
      accessKey({ drain: Duration.minutes(30) }),
      'DRAIN_TOO_SHORT',
      DEPLOY,
      'drain',
    ],
    [
      'a drain and a lag after which a credential is due',
      accessKey({}, { staleWarning: Duration.days(9) }),
      'STALE_BY_DESIGN',
      DEPLOY,
      'schedule',
    ],
    // The provider.
    [
      'a definition that is nowhere',
      provider({ definition: 'nobody' }),
      'PROVIDER_INVALID',
      MAIL,
      'definition',
    ],
    ['a definition that is a number', provider({ definition: 7 }), 'SETTING_INVALID', MAIL, 'definition'],
    [
      'a definition without a step',
      defined({ remove: undefined }),
      'PROVIDER_INVALID',
      MAIL,
      'definition.remove',
    ],
    [
      'a definition of another host',
      defined({ origin: 'https://evil.example.com' }),
      'PROVIDER_INVALID',
      MAIL,
      'definition.origin',
    ],
    [
      'a definition without TLS',
      defined({ origin: 'http://api.mail.example.com' }),
      'PROVIDER_INVALID',
      MAIL,
      'definition.origin',
    ],
    [
      'a definition with a field that is misspelt',
      defined({ host: [] }),
      'PROVIDER_INVALID',
      MAIL,
      'definition.host',
    ],
    [
      'what a definition leaves open',
      provider({ definition: 'cloudflare' }),
      'PROVIDER_INVALID',
      MAIL,
      'with.account',
    ],
    ['a single key', defined({ keys: 1 }), 'CANNOT_OVERLAP', MAIL, 'definition.keys'],
    [
      'as many secrets as keys',
      provider({ secrets: [sender, { ...sender, name: 'mail/other', arn: secretArn('mail/other') }] }),
      'CANNOT_OVERLAP',
      MAIL,
      'secrets',
    ],
    ['no admin secret', provider({ adminSecretArn: undefined }), 'SETTING_INVALID', MAIL, 'adminSecretArn'],
    [
      'an admin secret by its name',
      provider({ adminSecretArn: 'mail/admin' }),
      'ARN_INVALID',
      MAIL,
      'adminSecretArn',
    ],
    [
      'an alias for the key of it',
      provider({ adminSecretKeyArn: 'alias/mine' }),
      'ARN_INVALID',
      MAIL,
      'adminSecretKeyArn',
    ],
    ['a network that is nowhere', provider({ network: 'main' }), 'NETWORK_UNKNOWN', MAIL, 'network'],
    [
      'an admin secret that is rotated itself, wherever',
      provider({ adminSecretArn: deploy.arn }),
      'SETTING_INVALID',
      MAIL,
      'adminSecretArn',
    ],
    // Names.
    ...['iam-access-key-robots', 'http-api-key-mail'].map(
      (name) =>
        [
          `a network called ${name}, as alarms of keys are`,
          environment({ networks: { [name]: 'no-vpc' } }),
          'NAME_INVALID',
          `${ENVIRONMENT}, network ${name}`,
          'name',
        ] as const,
    ),
    [
      'a group with a long name',
      environment({ accessKeys: { ['x'.repeat(35)]: { secrets: [] } } }),
      'NAME_INVALID',
      `${ENVIRONMENT}, accessKeys ${'x'.repeat(35)}`,
      'name',
    ],
    [
      'a group called like a provider',
      environment({ accessKeys: { mail: { secrets: [deploy] } } }),
      'NAME_INVALID',
      MAIL,
      'name',
    ],
    [
      'a group with a field that is misspelt',
      environment({ accessKeys: { robots: { secret: [] } } }),
      'SETTING_INVALID',
      `${ENVIRONMENT}, accessKeys robots`,
      'secret',
    ],
    [
      'no place at all',
      environment({ accessKeys: {}, providers: {} }),
      'NETWORK_INVALID',
      ENVIRONMENT,
      'networks',
    ],
  ] as const)('must not have %s', (_what, config, code, subject, field) => {
    const problems = configProblems(config)
    expect(problems).toEqual(expect.arrayContaining([expect.objectContaining({ code, subject, field })]))
    expect(new Set(problems.map((problem) => problem.code))).toEqual(new Set([code]))
  })

  it('may be in China, where ARNs begin with arn:aws-cn:', () => {
    const { accessKeys } = JSON.parse(
      JSON.stringify(good).replaceAll('arn:aws:', 'arn:aws-cn:').replaceAll('eu-west-1', 'cn-north-1'),
    )
    expect(configProblems(environment({ region: 'cn-north-1', accessKeys, providers: {} }))).toEqual([])
  })

  const KEY = 'SG.CANARY.abcdefghijkl'
  it.each([
    ['the admin key', provider({ adminSecretArn: KEY })],
    ['the key', providerKey({ arn: KEY })],
    ['an access key', accessKey({ userArn: KEY })],
    ['an access key among users', group({ userArns: [KEY] })],
    ['anything', provider({ secretKeyArns: [KEY], adminSecretKeyArn: KEY })],
    [
      'an admin key in a definition of its own',
      defined({ admin: { headers: { authorization: `Bearer ${KEY}` } } }),
    ],
  ])('with %s in the place of an ARN, or written down, is refused without it', (_what, config) => {
    const problems = configProblems(config)
    expect(problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining([expect.stringMatching(/INVALID/)]),
    )
    expect(JSON.stringify(problems)).not.toContain('CANARY')
  })

  it('says what stands in the place of another ARN', () => {
    const [problem] = configProblems(provider({ adminSecretArn: 'arn:aws:iam::111122223333:role/a' }))
    expect(problem?.message).toMatch(/found "arn:aws:iam::111122223333:role\/a"$/)
  })

  const untold = { definition: { ...mailDefinition, lastUsed: undefined } }
  it.each([
    ['consumers', { consumers: ['ecs:shop/mailer'] }],
    ['the clock, if that is said', { evidence: 'clock' }],
    ['mode observe', { mode: 'observe' }],
  ])('may retire keys of a provider that tells of no use by %s', (_how, fields) => {
    const secrets = [{ ...sender, mode: 'enforce', ...fields }]
    expect(configProblems(provider({ ...untold, secrets }))).toEqual([])
  })

  it('must not retire them by a clock that nobody asked for', () => {
    for (const consumers of [undefined, []]) {
      const problems = configProblems(
        provider({ ...untold, secrets: [{ ...sender, mode: 'enforce', consumers }] }),
      )
      expect(problems).toMatchObject([{ code: 'SETTING_INVALID', subject: SENDER, field: 'consumers' }])
      expect(problems[0]?.message).toContain("evidence: 'clock'")
    }
    expect(configProblems(providerKey({ mode: 'enforce' }))).toEqual([])
  })

  it('must not have one user in two environments, since IAM has no Regions', () => {
    const elsewhere = { ...good, name: 'other', deploymentName: 'other', providers: {} }
    const environments = [good, elsewhere].map((each) => each as EnvironmentConfig)
    expect(configProblems({ environments })).toMatchObject([
      { code: 'USER_TWICE', subject: 'environment other, accessKeys robots, secret robots/deploy' },
    ])
  })

  it('says what a rotation of keys takes', () => {
    const [problem] = configProblems(accessKey({ drain: Duration.days(5) }))
    expect(problem?.message).toBe(
      'rolloutLimit 1h + drain 5d + lag 1d + quarantine 2d + sweepEvery 5m = 8d 1h 5m must fit into the shortest gap between two rotations, 7d by schedule weekly. ' +
        'Rotate less often, or shorten drain or quarantine',
    )
  })
})

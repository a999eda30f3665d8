import { type App, Aws, Duration, type Environment, Stack } from 'aws-cdk-lib'
import { type IUser, User } from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { describe, expect, it } from 'vitest'
import { AccessKeys } from '../../infra/access-keys.ts'
import type { EnvironmentConfig } from '../../infra/deployment.ts'
import { KeyProvider, type KeyProviderProps } from '../../infra/key-provider.ts'
import { Overlap } from '../../infra/overlap.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'
import type { RotatedSecretProps } from '../../infra/rotated-secret-props.ts'
import {
  ACCOUNT,
  environment,
  functionArn,
  newApp,
  REGION,
  type Resource,
  resourcesOf,
  secretArn,
  stubCode,
  templatesIn,
  templatesOf,
  theOne,
  userArn,
  withKeys,
} from './deployed.ts'
import { mailDefinition } from './mail-definition.ts'

const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const { robots } = withKeys.accessKeys ?? {}
const { mail } = withKeys.providers ?? {}
if (!robots || !mail) throw new Error('the environment for tests has a group and a provider')
const [deploy] = robots.secrets
const [sender] = mail.secrets
const inStack = (name: string, fields: EnvironmentConfig = withKeys) =>
  resourcesOf(templatesOf(fields).get(`Overlap-test-${name}`))

describe.each([
  {
    place: 'robots',
    name: 'robots/deploy',
    kind: 'iam-access-key',
    tags: { 'overlap:iam-user': 'deployer', 'overlap:owner': 'team-ci' },
    checked: {},
  },
  {
    place: 'mail',
    name: 'mail/sender',
    kind: 'http-api-key',
    tags: { 'overlap:owner': 'team-shop' },
    checked: { Provider: expect.stringMatching(/^[0-9a-f]{12}$/) },
  },
])('a secret with a key of $place', ({ place, name, kind, tags, checked }) => {
  const resources = inStack(place)
  const rotate = functionArn(`overlap-rotate-${kind}-${place}`)

  it('is three resources that stay, in a stack of their own', () => {
    expect(resources).toHaveLength(3)
    for (const { DeletionPolicy } of resources) expect(DeletionPolicy).toBe('Retain')
  })

  it('gets its policy as tags, is only observed by default, and says whose the key is', () => {
    expect(theOne(ofType(resources, 'Custom::OverlapTags')).Properties).toMatchObject({
      SecretId: secretArn(name),
      Tags: { 'overlap:kind': kind, 'overlap:mode': 'observe', 'overlap:schedule': 'weekly', ...tags },
    })
  })

  it('is rotated by the functions of the place, without a rotation now, and is then checked', () => {
    const rotation = theOne(ofType(resources, 'AWS::SecretsManager::RotationSchedule'))
    expect(rotation.Properties).toMatchObject({
      RotationLambdaARN: rotate,
      RotateImmediatelyOnUpdate: false,
    })
    expect(theOne(ofType(resources, 'Custom::OverlapCheck'))).toEqual({
      id: expect.any(String),
      Type: 'Custom::OverlapCheck',
      Properties: {
        ServiceToken: functionArn('overlap-adopt-provider'),
        ServiceTimeout: '600',
        SecretId: secretArn(name),
        Function: rotate,
        NewUser: 'false',
        Policy: expect.stringMatching(/^[0-9a-f]{12}$/),
        ...checked,
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      DependsOn: [rotation.id],
    })
  })
})

describe('what is deployed of keys', () => {
  it('is exported by nobody and imports nothing', () => {
    const templates = templatesOf(withKeys)
    expect([...templates.keys()]).toEqual([
      'Overlap-test',
      'Overlap-test-shop',
      'Overlap-test-robots',
      'Overlap-test-mail',
    ])
    for (const template of templates.values())
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue')
  })

  it('changes nothing of the databases beside it', () => {
    expect(inStack('shop', withKeys)).toEqual(inStack('shop', environment))
  })

  it('needs no network', () => {
    const { networks: _, databases: __, ...keysAlone } = withKeys
    const templates = templatesOf(keysAlone)
    expect(templates).toEqual(templatesOf({ ...keysAlone, networks: {}, databases: {} }))
    const functions = ofType(resourcesOf(templates.get('Overlap-test')), 'AWS::Lambda::Function')
    expect(functions.filter(({ Properties }) => Properties.FunctionName.includes('postgres'))).toEqual([])
    expect(functions.every(({ Properties }) => Properties.VpcConfig === undefined)).toBe(true)
  })

  it('says how late a use is told, and for how long it must not come', () => {
    if (!deploy) throw new Error('there is no secret')
    const late = { ...deploy, lag: Duration.hours(36), drain: Duration.days(2), evidence: 'sampled' as const }
    const secrets = [{ ...late, consumers: ['manual:pipeline'] }]
    const tags = theOne(
      ofType(inStack('robots', { ...withKeys, accessKeys: { robots: { secrets } } }), 'Custom::OverlapTags'),
    )
    expect(tags.Properties.Tags).toMatchObject({
      'overlap:lag': '36h',
      'overlap:drain': '2d',
      'overlap:evidence': 'sampled',
    })
  })

  it('is checked again when the user is another one, or the provider is described otherwise', () => {
    if (!deploy || !sender) throw new Error('there are no secrets')
    const checkIn = (place: string, fields: EnvironmentConfig) =>
      theOne(ofType(inStack(place, fields), 'Custom::OverlapCheck')).Properties
    const secrets = [{ ...deploy, userArn: userArn('another') }]
    expect(checkIn('robots', { ...withKeys, accessKeys: { robots: { secrets } } }).Policy).not.toBe(
      checkIn('robots', withKeys).Policy,
    )
    const described = (keys: number) =>
      checkIn('mail', {
        ...withKeys,
        providers: { mail: { ...mail, with: {}, definition: { ...mailDefinition, keys } } },
      }).Provider
    expect(described(3)).not.toBe(described(2))
    expect(described(2)).toBe(described(2))
  })

  it('leaves to readers where a definition is from', () => {
    const templates = templatesOf({
      ...withKeys,
      providers: { mail: { ...mail, with: {}, definition: mailDefinition } },
    })
    const { Environment } = theOne(
      resourcesOf(templates.get('Overlap-test'), 'AWS::Lambda::Function'),
      ({ Properties }) => Properties.FunctionName === 'overlap-rotate-http-api-key-mail',
    ).Properties
    const { documentation: _, ...definition } = mailDefinition
    expect(JSON.parse(Environment.Variables.OVERLAP_PROVIDER)).toMatchObject({ name: 'mail', definition })
    expect(Environment.Variables.OVERLAP_PROVIDER).not.toContain('documentation')
  })
})

describe('an alarm', () => {
  it('rings for the throttles of each pair of functions', () => {
    const alarms = resourcesOf(templatesOf(withKeys).get('Overlap-test'), 'AWS::CloudWatch::Alarm')
    for (const place of ['iam-access-key-robots', 'http-api-key-mail']) {
      const { Metrics } = theOne(
        alarms,
        ({ Properties }) => Properties.AlarmName === `overlap-throttled-${place}`,
      ).Properties
      const names = Metrics.flatMap(
        ({ MetricStat }: { MetricStat?: { Metric: { Dimensions: { Value: string }[] } } }) =>
          (MetricStat?.Metric.Dimensions ?? []).map(({ Value }) => Value),
      )
      // A reference, and so whatever the function is called.
      expect(names).toEqual([`overlap-rotate-${place}`, `overlap-retire-${place}`])
    }
  })
})

/** A stack with a deployment, as somebody else's app has it. */
function own() {
  const app = newApp()
  const stack = new Stack(app, 'Own')
  const overlap = new Overlap(stack, 'Overlap', { code: stubCode() })
  const imported = (name: string) => Secret.fromSecretCompleteArn(stack, name, secretArn(name))
  const user = (name: string, id = name) => User.fromUserArn(stack, `user-${id}`, userArn(name))
  const provider = (props: Partial<KeyProviderProps> = {}, id = 'mail') =>
    new KeyProvider(overlap, id, {
      definition: mailDefinition,
      adminSecret: imported(`${id}/admin`),
      ...props,
    })
  return { app, stack, overlap, imported, user, provider }
}

describe('the constructs of keys', () => {
  it('are enough for a deployment', () => {
    const { app, overlap } = own()
    new AccessKeys(overlap, 'robots')
    expect(() => app.synth()).not.toThrow()
  })

  it('take one user once in an app, also into another group, and also in another deployment', () => {
    const { app, stack, overlap, imported, user } = own()
    const group = new AccessKeys(overlap, 'robots')
    new RotatedSecret(stack, 'First', {
      accessKeys: group,
      user: user('a'),
      secret: imported('a'),
      owner: 'o',
    })
    const other = new Stack(app, 'Other')
    const elsewhere = new Overlap(other, 'Overlap', { code: stubCode(), deploymentName: 'other' })
    for (const [n, accessKeys] of [
      group,
      new AccessKeys(overlap, 'more'),
      new AccessKeys(elsewhere, 'x'),
    ].entries())
      expect(
        () =>
          new RotatedSecret(stack, `Again${n}`, {
            accessKeys,
            user: user('a', `a${n}`),
            secret: imported(`b${n}`),
            owner: 'o',
          }),
      ).toThrow(
        /^USER_TWICE: secret of Own\/Again\d, field user: must be another one: Own\/First holds a key of/,
      )
  })

  /** One class of stacks, as an app has it that deploys to several accounts. */
  function deployed(app: App, id: string, env: Environment, user: (stack: Stack) => IUser) {
    const stack = new Stack(app, id, { env })
    const overlap = new Overlap(stack, 'Overlap', { code: stubCode() })
    new RotatedSecret(stack, 'Deploy', {
      accessKeys: new AccessKeys(overlap, 'robots'),
      user: user(stack),
      secret: Secret.fromSecretCompleteArn(
        stack,
        'Secret',
        `arn:aws:secretsmanager:${REGION}:${env.account ?? ACCOUNT}:secret:robots/deploy-AbCdEf`,
      ),
      owner: 'o',
    })
  }
  const [dev, prod] = ['111111111111', '222222222222'].map((account) => ({ account, region: REGION }))
  if (!dev || !prod) throw new Error('there are two accounts')

  it.each<[string, readonly [Environment, Environment], (stack: Stack) => IUser]>([
    [
      'that the stack makes',
      [dev, prod],
      (stack) => new User(stack, 'Deployer', { userName: 'deployer' }) as never,
    ],
    ['that is known by name', [dev, prod], (stack) => User.fromUserName(stack, 'Deployer', 'deployer')],
    ['in whatever account', [{}, {}], (stack) => User.fromUserName(stack, 'Deployer', 'deployer')],
    [
      'whose ARN is written in the words of the stack',
      [{}, {}],
      (stack) => User.fromUserArn(stack, 'Deployer', `arn:aws:iam::${stack.account}:user/deployer`),
    ],
  ])('take a user %s once for each account of an app', (_, [one, other], user) => {
    const app = newApp()
    deployed(app, 'Dev', one, user)
    deployed(app, 'Prod', other, user)
    expect(() => app.synth()).not.toThrow()
  })

  it.each<[string, (stack: Stack) => IUser]>([
    ['in other case', (stack) => User.fromUserArn(stack, 'Again', userArn('Deployer'))],
    ['at another path', (stack) => User.fromUserArn(stack, 'Again', userArn('ci/deployer'))],
    ['by name', (stack) => User.fromUserName(stack, 'Again', 'deployer')],
  ])('know a user again %s, whichever stack says so', (_, again) => {
    const app = newApp()
    const env = { account: ACCOUNT, region: REGION }
    deployed(app, 'One', env, (stack) => User.fromUserArn(stack, 'Deployer', userArn('deployer')))
    expect(() => deployed(app, 'Two', env, again)).toThrow(/USER_TWICE: secret of Two\/Deploy/)
  })

  it.each<[string, RegExp, (stack: Stack) => IUser]>([
    [
      'of another account',
      /ARN_ELSEWHERE: secret of Own\/Deploy, field user: must be in the environment's account 111122223333/,
      (stack) => User.fromUserArn(stack, 'Deployer', 'arn:aws:iam::444455556666:user/deployer'),
    ],
    [
      'of another partition',
      /ARN_ELSEWHERE: secret of Own\/Deploy, field user: must begin with arn:aws:/,
      (stack) => User.fromUserArn(stack, 'Deployer', `arn:aws-cn:iam::${ACCOUNT}:user/deployer`),
    ],
    [
      'in a Region, which IAM has not',
      /ARN_INVALID: secret of Own\/Deploy, field user: must be the ARN of one IAM user/,
      (stack) => User.fromUserArn(stack, 'Deployer', `arn:aws:iam:${REGION}:${ACCOUNT}:user/deployer`),
    ],
    [
      'by a pattern, in whatever account',
      /ARN_INVALID: secret of Own\/Deploy, field user: must be one IAM user/,
      (stack) => User.fromUserArn(stack, 'Deployer', `arn:aws:iam::${Aws.ACCOUNT_ID}:user/ci*/deployer`),
    ],
  ])('take no user %s', (_, message, user) => {
    expect(() => deployed(newApp(), 'Own', { account: ACCOUNT, region: REGION }, user)).toThrow(message)
  })

  it('name no users by a pattern', () => {
    const { stack, overlap, imported, user } = own()
    const accessKeys = new AccessKeys(overlap, 'robots')
    const added = (name: string) => () =>
      new RotatedSecret(stack, `Rotated-${name}`, {
        accessKeys,
        user: user(name, name),
        secret: imported(name),
        owner: 'o',
      })
    added('one')()
    expect(added('ci*/deployer')).toThrow(/ARN_INVALID: .*field user: must be the ARN of one IAM user/)
    expect(added('ci?/deployer')).toThrow(/ARN_INVALID: .*field user: must be the ARN of one IAM user/)
  })

  it.each<[string, Partial<RotatedSecretProps>, RegExp]>([
    [
      'what is about users of a database',
      { strategy: 'single-user' } as never,
      /SETTING_INVALID: secret a, field strategy: must not be set for a key/,
    ],
    [
      'a log of logins',
      { evidence: 'logged' } as never,
      /SETTING_INVALID: secret a, field evidence: must not be logged for a key/,
    ],
    [
      'a lag below what IAM promises',
      { lag: Duration.hours(3) },
      /DURATION_INVALID: secret a, field lag: must be at least 4h/,
    ],
  ])('refuse %s', (_, props, message) => {
    const { stack, overlap, imported, user } = own()
    const accessKeys = new AccessKeys(overlap, 'robots')
    expect(
      () =>
        new RotatedSecret(stack, 'Refused', {
          accessKeys,
          user: user('a', 'user'),
          secret: imported('a'),
          owner: 'o',
          ...props,
        } as RotatedSecretProps),
    ).toThrow(message)
  })

  it.each<[string, Partial<KeyProviderProps>, RegExp]>([
    [
      'no definition',
      { definition: 'nobody' },
      /PROVIDER_INVALID: provider mail, field definition: must be one of cloudflare, sendgrid/,
    ],
    [
      'a definition without a field',
      { definition: { ...mailDefinition, remove: undefined as never } },
      /PROVIDER_INVALID: provider mail, field definition\.remove: must be there/,
    ],
    [
      'a definition that leaves something open',
      { definition: 'cloudflare' },
      /PROVIDER_INVALID: provider mail, field with\.account: must be said by the deployment: definition\.create\.url asks for it/,
    ],
    [
      'a single key',
      { definition: { ...mailDefinition, keys: 1 } },
      /CANNOT_OVERLAP: provider mail, field definition\.keys: must be 2 or more: a provider that allows 1 key cannot have a second one work beside it\. Each rotation would be a swap/,
    ],
    [
      'a name that is no end of a function',
      { providerName: 'Mail' },
      /PROVIDER_INVALID: provider Mail, field name/,
    ],
    [
      'a name that is too long',
      { providerName: 'x'.repeat(40) },
      /NAME_INVALID: provider x+, field name: is too long/,
    ],
  ])('take no provider of %s', (_, props, message) => {
    const { provider } = own()
    expect(() => provider(props)).toThrow(message)
  })

  it('take no more secrets than leave room for one more key', () => {
    const { stack, provider, imported } = own()
    const place = provider()
    const added = (name: string) => () =>
      new RotatedSecret(stack, name, { provider: place, secret: imported(`mail/${name}`), owner: 'o' })
    added('first')()
    expect(added('second')).toThrow(
      /CANNOT_OVERLAP: provider mail, field secrets: must be fewer than the 2 keys that the account may have/,
    )
  })

  it('may have an admin secret and a user that only the deployment knows', () => {
    const { app, stack, overlap, provider, imported } = own()
    const adminSecret = new Secret(stack, 'Admin') as never
    provider({ adminSecret })
    const accessKeys = new AccessKeys(overlap, 'robots')
    const user = new User(stack, 'Robot') as never
    new RotatedSecret(stack, 'Deploy', { accessKeys, user, secret: imported('deploy'), owner: 'o' })
    const resources = resourcesOf(templatesIn(app).get('Own'))
    expect(theOne(ofType(resources, 'Custom::OverlapTags')).Properties.Tags['overlap:iam-user']).toMatch(
      /^<Robot\w+>$/,
    )
    const { Environment } = theOne(
      ofType(resources, 'AWS::Lambda::Function'),
      ({ Properties }) => Properties.FunctionName === 'overlap-retire-http-api-key-mail',
    ).Properties
    expect(JSON.parse(Environment.Variables.OVERLAP_PROVIDER).adminSecretArn).toMatch(/^<Admin\w+>$/)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  functionArn,
  REGION,
  type Resource,
  resourcesOf,
  type Statement,
  secretArn,
  templatesOf,
  theOne,
  userArn,
  withKeys,
} from './deployed.ts'

const keyOf = (end: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/01234567-89ab-cdef-0123-4567890000${end}`
const { robots } = withKeys.accessKeys ?? {}
const { mail } = withKeys.providers ?? {}
if (!robots || !mail) throw new Error('the environment for tests has a group and a provider')

const templates = templatesOf({
  ...withKeys,
  accessKeys: {
    robots: {
      secrets: [
        ...robots.secrets.map((secret) => ({ ...secret, keyArn: keyOf('0a') })),
        {
          name: 'robots/export',
          arn: secretArn('robots/export'),
          userArn: userArn('exporter'),
          owner: 'team-data',
        },
      ],
    },
  },
  providers: {
    mail: {
      ...mail,
      adminSecretKeyArn: keyOf('0b'),
      secrets: mail.secrets.map((secret) => ({ ...secret, keyArn: keyOf('0c') })),
    },
  },
})
const resources = resourcesOf(templates.get('Overlap-test'))
const roles = resources.filter(({ Type }) => Type === 'AWS::IAM::Role')

function roleOf(policyName: string): Resource {
  return theOne(roles, ({ Properties }) => Properties.Policies?.[0]?.PolicyName === policyName)
}

/** Beside writing its log. */
function statementsOf(policyName: string): Statement[] {
  const [policy, ...others] = roleOf(policyName).Properties.Policies
  expect(others).toEqual([])
  return policy.PolicyDocument.Statement.filter(({ Sid }: Statement) => Sid !== 'WriteLog')
}

const everySecret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:*`
const reading = ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds']
const rotated = (Sid: string, actions: readonly string[], pair: string) => ({
  Sid,
  Effect: 'Allow',
  Action: actions.map((action) => `secretsmanager:${action}`),
  Resource: everySecret,
  Condition: {
    StringEquals: {
      'secretsmanager:resource/AllowRotationLambdaArn': [functionArn(`overlap-rotate-${pair}`)],
    },
  },
})
const keys = (actions: string | readonly string[], ...ends: readonly string[]) => ({
  Sid: 'UseKeysOfSecrets',
  Effect: 'Allow',
  Action: actions,
  Resource: ends.length === 1 ? keyOf(ends[0] ?? '') : ends.map(keyOf),
  Condition: {
    StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:SecretARN': everySecret },
  },
})
const both = ['kms:Decrypt', 'kms:GenerateDataKey']
const users = (...actions: readonly string[]) => ({
  Sid: 'KeysOfTheseUsers',
  Effect: 'Allow',
  Action: actions.map((action) => `iam:${action}`),
  Resource: [userArn('ci/deployer'), userArn('exporter')],
  Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['overlap:*'] } },
})
const admin = {
  Sid: 'ReadAdminSecret',
  Effect: 'Allow',
  Action: 'secretsmanager:GetSecretValue',
  Resource: secretArn('mail/admin'),
}

describe('the roles of functions that rotate keys', () => {
  it.each([
    [
      'rotate-iam-access-key',
      [
        rotated(
          'RotateOwnSecrets',
          [...reading, 'PutSecretValue', 'UpdateSecretVersionStage'],
          'iam-access-key-robots',
        ),
        users(
          'CreateAccessKey',
          'GetAccessKeyLastUsed',
          'ListAccessKeys',
          'ListUserTags',
          'TagUser',
          'UpdateAccessKey',
        ),
        keys(both, '0a'),
      ],
    ],
    [
      'retire-iam-access-key',
      [
        rotated('RetireOwnSecrets', [...reading, 'UpdateSecretVersionStage'], 'iam-access-key-robots'),
        users(
          'DeleteAccessKey',
          'GetAccessKeyLastUsed',
          'ListAccessKeys',
          'ListUserTags',
          'TagUser',
          'UntagUser',
          'UpdateAccessKey',
        ),
        keys('kms:Decrypt', '0a'),
      ],
    ],
    [
      'rotate-http-api-key',
      [
        rotated(
          'RotateOwnSecrets',
          [...reading, 'PutSecretValue', 'UpdateSecretVersionStage'],
          'http-api-key-mail',
        ),
        admin,
        keys(both, '0b', '0c'),
      ],
    ],
    [
      'retire-http-api-key',
      [
        rotated('RetireOwnSecrets', [...reading, 'UpdateSecretVersionStage'], 'http-api-key-mail'),
        admin,
        keys('kms:Decrypt', '0b', '0c'),
      ],
    ],
  ])('%s may do this beside writing its log', (policyName, expected) => {
    const byOrder = (one: { Sid: string }, other: { Sid: string }) => (one.Sid < other.Sid ? -1 : 1)
    expect(statementsOf(policyName).sort(byOrder)).toEqual([...expected].sort(byOrder))
  })

  it.each<[action: string, policies: string[]]>([
    ['iam:CreateAccessKey', ['rotate-iam-access-key']],
    ['iam:DeleteAccessKey', ['retire-iam-access-key']],
    ['iam:UntagUser', ['retire-iam-access-key']],
    ['iam:UpdateAccessKey', ['retire-iam-access-key', 'rotate-iam-access-key']],
    // Whoever may do these could make itself anybody.
    ...[
      'iam:AttachUserPolicy',
      'iam:PutUserPolicy',
      'iam:CreateUser',
      'iam:CreateLoginProfile',
      'sts:AssumeRole',
    ].map((action): [string, string[]] => [action, []]),
  ])('allow %s in %j alone', (action, expected) => {
    const names = roles
      .flatMap(({ Properties }) => Properties.Policies)
      .filter(({ PolicyDocument }) =>
        PolicyDocument.Statement.some((statement: Statement) => [statement.Action].flat().includes(action)),
      )
      .map(({ PolicyName }) => PolicyName)
    expect(names.sort()).toEqual(expected)
  })

  it('name every user exactly', () => {
    const named = roles
      .flatMap(({ Properties }) => Properties.Policies)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Statement[])
      .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('iam:')))
      .flatMap(({ Resource }) => Resource)
    expect(named).toHaveLength(4)
    expect(named.filter((arn) => arn.includes('*'))).toEqual([])
  })
})

describe('what something else lists, or was taken out of the file', () => {
  const others = templatesOf({
    ...withKeys,
    accessKeys: {
      robots: { userArns: [userArn('ci/deployer')], secretKeyArns: [keyOf('0d')], secrets: [] },
    },
    providers: { mail: { ...mail, secretKeyArns: [keyOf('0e')], secrets: [] } },
  })
  const otherRoles = resourcesOf(others.get('Overlap-test'), 'AWS::IAM::Role')
  const resourcesIn = (policyName: string, sid: string) => {
    const role = theOne(otherRoles, ({ Properties }) => Properties.Policies?.[0]?.PolicyName === policyName)
    const statements: Statement[] = role.Properties.Policies[0].PolicyDocument.Statement
    return statements.filter(({ Sid }) => Sid === sid).flatMap(({ Resource }) => Resource)
  }

  it.each(['rotate', 'retire'])(
    'may be reached by the functions that %s, with its users and its keys',
    (step) => {
      expect(resourcesIn(`${step}-iam-access-key`, 'KeysOfTheseUsers')).toEqual([userArn('ci/deployer')])
      expect(resourcesIn(`${step}-iam-access-key`, 'UseKeysOfSecrets')).toEqual([keyOf('0d')])
      expect(resourcesIn(`${step}-http-api-key`, 'UseKeysOfSecrets')).toEqual([keyOf('0e')])
    },
  )
})

describe('two providers with one admin secret', () => {
  it.each([
    [undefined, '0f'],
    ['0f', undefined],
  ])('use its key, whichever of them names it: %s, %s', (...ends) => {
    const providers = Object.fromEntries(
      ends.map((end, at) => [
        `mail-${at}`,
        { ...mail, ...(end !== undefined && { adminSecretKeyArn: keyOf(end) }), secrets: [] },
      ]),
    )
    const template = templatesOf({ ...withKeys, providers }).get('Overlap-test')
    const using = resourcesOf(template, 'AWS::IAM::Role').filter((role) =>
      JSON.stringify(role.Properties).includes(keyOf('0f')),
    )
    expect(using.map(({ Properties }) => Properties.Policies[0].PolicyName).sort()).toEqual([
      'retire-http-api-key',
      'rotate-http-api-key',
    ])
  })
})

describe('what the code of keys calls', () => {
  /** The exported functions of these names in a file, as text. */
  const partsOf = (file: string, ...names: readonly string[]) =>
    readFileSync(new URL(`../../lambdas/aws/${file}`, import.meta.url), 'utf8')
      .split(/^export (?:async )?function (?=\w+)/m)
      .filter((part) => names.some((name) => part.startsWith(`${name}(`)))
      .join('')
  const commandsIn = (text: string) =>
    [...text.matchAll(/new (\w+)Command\(/g)].map(([, command]) => `iam:${command}`)
  const listing = partsOf('iam-lists.ts', 'keysOfUser', 'tagsOfUser')

  it.each([
    ['rotate-iam-access-key', ['iamSights', 'iamRecords', 'iamMint']],
    ['retire-iam-access-key', ['iamSights', 'iamRecords', 'iamRevocations']],
  ])('as %s its role allows, and nothing else', (policyName, functions) => {
    const called = commandsIn(listing + partsOf('iam-keys.ts', ...functions))
    const allowed = statementsOf(policyName)
      .flatMap(({ Action }) => Action)
      .filter((action) => action.startsWith('iam:'))
    expect([...new Set(called)].sort()).toEqual([...allowed].sort())
  })

  it('makes a key active where it rotates, which IAM cannot hold it to, and mints none where it retires', () => {
    const [, rotation = '', retirement = ''] = readFileSync(
      new URL('../../lambdas/aws/iam-wiring.ts', import.meta.url),
      'utf8',
    ).split(/^export function \w+/m)
    expect(rotation).not.toContain('iamRevocations')
    expect(retirement).not.toContain('iamMint')
    expect(partsOf('iam-keys.ts', 'iamRecords').match(/Status: '\w+'/g)).toEqual(["Status: 'Active'"])
  })
})

describe('invoking', () => {
  it.each(['iam-access-key-robots', 'http-api-key-mail'])(
    'the rotation function of %s is for Secrets Manager of this account',
    (pair) => {
      const rotate = theOne(
        resources,
        ({ Properties }) => Properties.FunctionName === `overlap-rotate-${pair}`,
      )
      const permission = theOne(
        resources.filter(({ Type }) => Type === 'AWS::Lambda::Permission'),
        ({ Properties }) => Properties.FunctionName === `<${rotate.id}.Arn>`,
      )
      expect(permission.Properties).toEqual({
        Action: 'lambda:InvokeFunction',
        FunctionName: `<${rotate.id}.Arn>`,
        Principal: 'secretsmanager.amazonaws.com',
        SourceAccount: ACCOUNT,
      })
    },
  )

  it('is for the sweep as well, and for whoever else asks a pair of functions', () => {
    const pairs = ['postgres-main', 'iam-access-key-robots', 'http-api-key-mail']
    for (const asker of ['sweep', 'operate', 'revoke']) {
      const invoked = statementsOf(asker)
        .filter(({ Action }) => Action === 'lambda:InvokeFunction')
        .flatMap(({ Resource }) => Resource)
      expect(invoked).toEqual(
        expect.arrayContaining(
          pairs.flatMap((pair) => [
            functionArn(`overlap-rotate-${pair}`),
            functionArn(`overlap-retire-${pair}`),
          ]),
        ),
      )
    }
  })
})

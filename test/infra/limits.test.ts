import { type App, Stack, Validations } from 'aws-cdk-lib'
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import type { EnvironmentConfig, ExistingSecretConfig } from '../../infra/deployment.ts'
import { FilledPolicies } from '../../infra/filled-policies.ts'
import { addStacks } from '../../infra/stacks.ts'
import {
  environment,
  newApp,
  type Resource,
  resourcesOf,
  type Statement,
  secretArn,
  stubCode,
  synthesized,
  templatesIn,
  templatesOf,
  theOne,
  userArn,
} from './deployed.ts'
import { mailDefinition } from './mail-definition.ts'

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500
const MAX_OUTPUTS = 200
const MAX_TEMPLATE_BYTES = 1_000_000
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_FUNCTION_POLICY = 20_480
const MAX_VARIABLES = 4_096
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICY = 10_240
const MAX_MANAGED_POLICY = 6_144
const MAX_POLICIES_OF_A_ROLE = 10

const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const secretsOf = (database: string, count: number): ExistingSecretConfig[] =>
  Array.from({ length: count }, (_, n) => {
    const name = `${database}/a-service-with-a-name-of-usual-length-${n}`
    return { name, arn: secretArn(name), owner: 'team-shop', consumers: [`ecs:${database}/service-${n}`] }
  })

/** In three VPCs and twelve databases, all of them in use today: the harder case, since each is named in a policy. */
function fleetOf(secrets: number): EnvironmentConfig {
  const { main } = environment.networks
  const { shop } = environment.databases
  if (!main || !shop) throw new Error('the environment for tests has a network and a database')
  const databases = Array.from({ length: 12 }, (_, n) => {
    const name = `database-${n}`
    const count = Math.floor(secrets / 12) + (n < secrets % 12 ? 1 : 0)
    const group = `sg-0123456789abcde${n.toString(16).padStart(2, '0')}`
    return [
      name,
      {
        ...shop,
        network: `network-${n % 3}`,
        host: `${name}.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com`,
        adminSecretArn: secretArn(
          `rds!cluster-01234567-89ab-cdef-0123-45678901${n.toString().padStart(4, '0')}`,
        ),
        securityGroupId: group,
        secrets: secretsOf(name, count),
      },
    ] as const
  })
  return {
    ...environment,
    networks: Object.fromEntries([0, 1, 2].map((n) => [`network-${n}`, main])),
    databases: Object.fromEntries(databases),
  }
}

/** Characters, with the longest values for what only the deployment knows. */
function length(document: unknown): number {
  return JSON.stringify(document).replace(/<[\w:.]+>/g, 'x'.repeat(150)).length
}

describe.each([
  [400, 1],
  [1000, 2],
])('%i secrets in three VPCs', { timeout: 300_000 }, (count, adopters) => {
  const templates = synthesized({ environments: [fleetOf(count)] })
  const main = resourcesOf(templates.get('Overlap-test'))

  it('are all there', () => {
    const tagged = [...templates.values()].flatMap((template) =>
      ofType(resourcesOf(template), 'Custom::OverlapTags'),
    )
    expect(new Set(tagged.map(({ Properties }) => Properties.SecretId)).size).toBe(count)
  })

  it('are thirteen stacks, each of fewer than 500 resources', () => {
    expect(templates.size).toBe(13)
    for (const template of templates.values()) {
      expect(resourcesOf(template).length).toBeLessThan(MAX_RESOURCES)
      expect(Object.keys(template.toJSON().Outputs ?? {}).length).toBeLessThanOrEqual(MAX_OUTPUTS)
      expect(JSON.stringify(template.toJSON()).length).toBeLessThan(MAX_TEMPLATE_BYTES)
    }
  })

  it('need fewer than fifty roles, of which none is in the stacks of databases', () => {
    expect(ofType(main, 'AWS::IAM::Role').length).toBeLessThan(50)
    for (const [name, template] of templates)
      if (name !== 'Overlap-test') expect(ofType(resourcesOf(template), 'AWS::IAM::Role')).toEqual([])
  })

  it('need policies within their quotas', () => {
    for (const { Properties } of ofType(main, 'AWS::IAM::Role')) {
      const inline = Properties.Policies.map((policy: { PolicyDocument: unknown }) =>
        length(policy.PolicyDocument),
      )
      expect(inline.reduce((sum: number, each: number) => sum + each, 0)).toBeLessThanOrEqual(
        MAX_INLINE_POLICY,
      )
    }
    for (const { Properties } of ofType(main, 'AWS::IAM::ManagedPolicy'))
      expect(length(Properties.PolicyDocument)).toBeLessThanOrEqual(MAX_MANAGED_POLICY)
    for (const { id } of ofType(main, 'AWS::IAM::Role')) {
      const attached = ofType(main, 'AWS::IAM::ManagedPolicy').filter(({ Properties }) =>
        Properties.Roles?.includes(`<${id}>`),
      )
      expect(attached.length).toBeLessThanOrEqual(MAX_POLICIES_OF_A_ROLE)
    }
    for (const { id } of ofType(main, 'AWS::Lambda::Function')) {
      const permissions = ofType(main, 'AWS::Lambda::Permission').filter(
        ({ Properties }) => Properties.FunctionName === `<${id}.Arn>`,
      )
      expect(permissions.length * 500).toBeLessThan(MAX_FUNCTION_POLICY)
    }
  })

  it('are tagged by functions of which each may tag exactly those that call it', () => {
    const adoptersFound = ofType(main, 'AWS::Lambda::Function').filter(({ Properties }) =>
      /^overlap-adopt(-\d+)?$/.test(Properties.FunctionName),
    )
    expect(adoptersFound).toHaveLength(adopters)
    for (const { Properties } of adoptersFound) {
      const role = theOne(ofType(main, 'AWS::IAM::Role'), ({ id }) => Properties.Role === `<${id}.Arn>`)
      const allowed = ofType(main, 'AWS::IAM::ManagedPolicy')
        .filter((policy) => policy.Properties.Roles?.includes(`<${role.id}>`))
        .flatMap((policy) => policy.Properties.PolicyDocument.Statement[0].Resource)
      const provider = Properties.FunctionName.replace('overlap-adopt', 'overlap-adopt-provider')
      const calling = [...templates.values()]
        .flatMap((template) => ofType(resourcesOf(template), 'Custom::OverlapTags'))
        .filter((tags) => tags.Properties.ServiceToken.endsWith(`:${provider}`))
        .map((tags) => tags.Properties.SecretId)
      expect(allowed.sort()).toEqual(calling.sort())
    }
  })

  it('leave room among the variables of every function', () => {
    for (const { Properties } of ofType(main, 'AWS::Lambda::Function')) {
      const bytes = Object.entries(Properties.Environment.Variables)
        .map(([name, value]) => name.length + String(value).replace(/<[\w:.]+>/g, 'x'.repeat(150)).length)
        .reduce((sum, each) => sum + each, 0)
      expect(bytes).toBeLessThanOrEqual(MAX_VARIABLES)
    }
  })
})

describe('what the rollout function may do', () => {
  const rightsOf = (otherConsumers: readonly string[]) => {
    const app = newApp()
    addStacks(app, { environments: [{ ...environment, otherConsumers }] }, stubCode())
    // Nothing here exceeds a quota, and every wildcard says why.
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    app.synth()
    const main = resourcesOf(templatesIn(app).get('Overlap-test'))
    const role = theOne(
      ofType(main, 'AWS::IAM::Role'),
      ({ Properties }) => Properties.Policies[0].PolicyName === 'rollout',
    )
    const [inline] = role.Properties.Policies
    expect(length(inline.PolicyDocument)).toBeLessThanOrEqual(MAX_INLINE_POLICY)
    const managed = ofType(main, 'AWS::IAM::ManagedPolicy').filter(({ Properties }) =>
      Properties.Roles?.includes(`<${role.id}>`),
    )
    expect(managed.length).toBeLessThanOrEqual(MAX_POLICIES_OF_A_ROLE)
    for (const { Properties } of managed)
      expect(length(Properties.PolicyDocument)).toBeLessThanOrEqual(MAX_MANAGED_POLICY)
    const statement = (sid: string) =>
      inline.PolicyDocument.Statement.find(({ Sid }: { Sid: string }) => Sid === sid)
    return {
      services: [statement('RollServices')?.Resource ?? []].flat(),
      functions: managed.flatMap(({ Properties }) => Properties.PolicyDocument.Statement[0].Resource),
    }
  }
  const service = (name: string) => `arn:aws:ecs:eu-west-1:111122223333:service/${name}`
  const named = (count: number, cluster = 'shop') =>
    Array.from({ length: count }, (_, n) => `${cluster}/a-service-with-a-name-of-usual-length-${n}`)

  it('names fifty services exactly', () => {
    const { services } = rightsOf(named(50).map((name) => `ecs:${name}`))
    expect(services).toEqual(named(50).map(service))
  })

  it('names the clusters of 400 services, and no others', () => {
    const all = ['shop', 'web', 'batch', 'search'].flatMap((cluster) => named(100, cluster))
    const { services } = rightsOf(all.map((name) => `ecs:${name}`))
    expect(services).toEqual(['shop/*', 'web/*', 'batch/*', 'search/*'].map(service))
  })

  it('names 300 functions exactly, with their versions', () => {
    const names = Array.from({ length: 300 }, (_, n) => `a-function-with-a-name-of-usual-length-${n}`)
    const { functions } = rightsOf(names.map((name) => `lambda:${name}:live`))
    const arns = names.map((name) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`)
    expect(functions.sort()).toEqual(arns.flatMap((arn) => [arn, `${arn}:*`]).sort())
  })

  it('is refused for more functions than its policies can name, which nothing but all functions would hold', () => {
    const names = Array.from({ length: 400 }, (_, n) => `lambda:a-function-with-a-name-of-usual-length-${n}`)
    expect(() => rightsOf(names)).toThrow(/POLICY_TOO_LARGE: function overlap-rollout, field consumers/)
  })
})

describe('a group of access keys', () => {
  const groupOf = (count: number) => () => {
    const secrets = Array.from({ length: count }, (_, n) => {
      const name = `a-robot-with-a-name-of-usual-length-${n}`
      return { name, arn: secretArn(name), userArn: userArn(name), owner: 'team-ci' }
    })
    return templatesOf({ ...environment, accessKeys: { robots: { secrets } } })
  }

  it('names 110 users exactly, in one policy of each function', () => {
    const main = resourcesOf(groupOf(110)().get('Overlap-test'))
    for (const name of ['rotate-iam-access-key', 'retire-iam-access-key']) {
      const [inline] = theOne(
        ofType(main, 'AWS::IAM::Role'),
        ({ Properties }) => Properties.Policies[0].PolicyName === name,
      ).Properties.Policies
      expect(length(inline.PolicyDocument)).toBeLessThanOrEqual(MAX_INLINE_POLICY)
      const users = inline.PolicyDocument.Statement.flatMap(({ Resource }: Statement) => Resource)
      expect(users.filter((arn: string) => arn.includes(':user/'))).toHaveLength(110)
    }
  })

  it('is refused for more, and the refusal says what to do', () => {
    expect(groupOf(130)).toThrow(
      /POLICY_TOO_LARGE: role Overlap-test\/Overlap\/iam-access-key-robots\/rotate-iam-access-key\/Role: its inline policy has \d+ characters, and IAM allows 10240\. .*or its users among more groups of accessKeys/,
    )
  })
})

describe('a policy on exact ARNs', () => {
  const stack = new Stack(newApp(), 'Filled')
  const policies = new FilledPolicies(stack, 'Policies', {
    role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    sid: 'WritePolicyAsTags',
    actions: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'],
    conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['overlap:*'] } },
    description: 'for a test',
  })
  let taken = 0
  while (policies.add(secretArn(`shop/${'x'.repeat(taken % 97)}-${taken}`))) taken++

  it('is filled to the last character that fits, and a role takes ten of them', () => {
    const written = ofType(resourcesOf(templateOf(stack)), 'AWS::IAM::ManagedPolicy')
    expect(written).toHaveLength(MAX_POLICIES_OF_A_ROLE)
    const documents = written.map(({ Properties }) => Properties.PolicyDocument)
    const sizes = documents.map((document) => JSON.stringify(document).length)
    for (const size of sizes) expect(size).toBeLessThanOrEqual(MAX_MANAGED_POLICY)
    // The next ARN, a comma and two quotes would have been too much.
    documents.slice(1).forEach((document, n) => {
      const [first] = [document.Statement[0].Resource].flat()
      expect((sizes[n] ?? 0) + first.length + 3).toBeGreaterThan(MAX_MANAGED_POLICY)
    })
    expect(documents.flatMap((document) => document.Statement[0].Resource)).toHaveLength(taken)
  })
})

describe('what would exceed a quota is refused', () => {
  const app = (config: EnvironmentConfig) => {
    const made = newApp()
    addStacks(made, { environments: [config] }, stubCode())
    return () => templatesIn(made)
  }

  it('when a role would have too long a policy, and says what to do', () => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const databases = Array.from({ length: 100 }, (_, n) => [
      `database-${n}`,
      {
        ...shop,
        adminSecretArn: secretArn(`admin/of-a-database-with-a-long-name-${n}`),
        secrets: secretsOf(`d${n}`, 1),
      },
    ])
    expect(app({ ...environment, databases: Object.fromEntries(databases) })).toThrow(
      /POLICY_TOO_LARGE: role Overlap-test\/Overlap\/main\/rotate-postgres\/Role: its inline policy has \d+ characters, and IAM allows 10240/,
    )
  })

  it.each([
    [59, 0],
    [60, 1],
  ])('only as a warning for the outbound rules of %i servers, which AWS may allow', (servers, warnings) => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const databases = Array.from({ length: servers }, (_, n) => [
      `database-${n}`,
      { ...shop, securityGroupId: `sg-0123456789abcd${n.toString(16).padStart(3, '0')}`, secrets: [] },
    ])
    const made = newApp()
    addStacks(
      made,
      { environments: [{ ...environment, databases: Object.fromEntries(databases) }] },
      stubCode(),
    )
    const group = resourcesOf(templatesIn(made).get('Overlap-test'), 'AWS::EC2::SecurityGroupEgress')
    expect(group).toHaveLength(servers)
    const told = Annotations.fromStack(made.node.findChild('Overlap-test') as Stack).findWarning(
      '/Overlap-test/Overlap/main',
      Match.stringLikeRegexp('network main: its security group needs more than 60 outbound rules'),
    )
    expect(told).toHaveLength(warnings)
  })

  it('when the variables of a function would be too many, and says what to do', () => {
    const freezes = Array.from({ length: 40 }, (_, n) => ({
      from: `20${50 + n}-01-01T00:00:00Z`,
      until: `20${50 + n}-01-02T00:00:00Z`,
      reason: 'the day on which everybody looks at the accounts',
    }))
    expect(app({ ...environment, freezes })).toThrow(
      /VARIABLES_TOO_LARGE: function overlap-sweep: its variables have \d+ bytes, and Lambda allows 4096; .*Use fewer networks, groups of accessKeys, providers, freezes/,
    )
  })
})

describe('a provider with a definition of its own', () => {
  const own = (ca: string) => () =>
    templatesOf({
      ...environment,
      providers: {
        mail: { definition: { ...mailDefinition, ca }, adminSecretArn: secretArn('mail/admin'), secrets: [] },
      },
    })
  const certificate = (characters: number) =>
    `-----BEGIN CERTIFICATE-----\n${'A'.repeat(characters)}\n-----END CERTIFICATE-----\n`

  it('has room for a certificate among the variables of its functions', () => {
    expect(own(certificate(1_500))).not.toThrow()
  })

  it('is refused for several, and the refusal says what to do', () => {
    expect(own(certificate(4_000))).toThrow(
      /VARIABLES_TOO_LARGE: function overlap-rotate-http-api-key-mail: .* most are of OVERLAP_PROVIDER \(\d+\).*A provider's definition is in OVERLAP_PROVIDER: shorten it/,
    )
  })
})

describe('owners with alarms of their own', () => {
  const withOwners = (count: number) => {
    const made = newApp()
    const owners = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`team-${n}`, { emails: ['team@example.com'] }]),
    )
    addStacks(made, { environments: [{ ...environment, owners }] }, stubCode())
    return () => templatesIn(made)
  }

  it('may be a dozen, each with a topic of its own', () => {
    expect(withOwners(12)).not.toThrow()
  })

  it('are refused when the variables of the report would be too many, which are named, and say what to do', () => {
    expect(withOwners(60)).toThrow(
      /VARIABLES_TOO_LARGE: function overlap-report: its variables have \d+ bytes, and Lambda allows 4096; most are of OVERLAP_OWNERS \(\d+\), OVERLAP_ALARMS \(\d+\).*or owners in one deployment.*not declared in owners lose nothing but alarms/,
    )
  })
})

function templateOf(stack: Stack): Template | undefined {
  return templatesIn(stack.node.root as App).get(stack.stackName)
}

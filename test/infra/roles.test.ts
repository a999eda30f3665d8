import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { describe, expect, it } from 'vitest'
import { OverlapRole } from '../../infra/roles.ts'
import { environment, newApp, resourcesOf, templatesOf, withDatabase } from './deployed.ts'

const permissionsBoundaryArn = 'arn:aws:iam::111122223333:policy/boundary'
const bounded = templatesOf({
  ...environment,
  permissionsBoundaryArn,
  rolePath: '/overlap/',
  qualifier: 'mine123',
})

describe('an account with rules of its own', () => {
  it('finds its boundary and its path on every role, also on that of the framework', () => {
    const roles = [...bounded.values()].flatMap((template) => resourcesOf(template, 'AWS::IAM::Role'))
    expect(roles.map(({ Properties }) => Properties.Policies[0].PolicyName)).toContain('provider')
    for (const { Properties } of roles)
      expect(Properties).toMatchObject({ PermissionsBoundary: permissionsBoundaryArn, Path: '/overlap/' })
  })

  it('finds its path on every managed policy', () => {
    const policies = [...bounded.values()].flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::ManagedPolicy'),
    )
    expect(policies).toHaveLength(4)
    for (const { Properties } of policies) expect(Properties.Path).toBe('/overlap/')
  })

  it('finds its qualifier in every asset and every stack', () => {
    for (const template of bounded.values()) {
      const text = JSON.stringify(template.toJSON())
      expect(text).toContain('/cdk-bootstrap/mine123/version')
      expect(text).not.toContain('hnb659fds')
    }
    for (const { Properties } of resourcesOf(bounded.get('Overlap-test'), 'AWS::Lambda::Function'))
      expect(Properties.Code.S3Bucket).toBe('cdk-mine123-assets-111122223333-eu-west-1')
  })

  it('gets neither by default', () => {
    for (const { Properties } of resourcesOf(
      templatesOf(withDatabase({})).get('Overlap-test'),
      'AWS::IAM::Role',
    )) {
      expect(Properties.PermissionsBoundary).toBeUndefined()
      expect(Properties.Path).toBeUndefined()
    }
  })
})

describe('a role', () => {
  it('refuses a wildcard that does not say why', () => {
    const role = new OverlapRole(new Stack(newApp(), 'Own'), 'Role', {
      assumedBy: 'lambda.amazonaws.com',
      policyName: 'wide',
    })
    const anything = new PolicyStatement({
      sid: 'Anything',
      actions: ['s3:GetObject'],
      resources: ['arn:aws:s3:::*'],
    })
    expect(() => role.allow(anything)).toThrow(
      'statement Anything of Own/Role allows arn:aws:s3:::* and does not say why',
    )
  })
})

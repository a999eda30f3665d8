import { describe, expect, it } from 'vitest'
import { customResourceMaker } from '../../../sandbox/deployment/custom-resources.ts'
import { deployStack } from '../../../sandbox/deployment/stack.ts'
import type { Outcome } from '../../../sandbox/lambda/host.ts'

const PROVIDER = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-adopt-provider'
const ADOPT = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-adopt'

/** Deploys one custom resource whose function answers with this. */
async function deploy(answer: Outcome, serviceToken = PROVIDER) {
  const asked: { readonly arn: string; readonly request: Readonly<Record<string, unknown>> }[] = []
  const make = customResourceMaker(
    {
      async invoke(arn, request) {
        asked.push({ arn, request: request as Readonly<Record<string, unknown>> })
        return answer
      },
    },
    new Map([[PROVIDER, ADOPT]]),
  )
  const stack = await deployStack(
    {
      name: 'Overlap-test',
      account: '123456789012',
      region: 'us-east-1',
      assets: {},
      resources: {
        Check: {
          Type: 'Custom::OverlapCheck',
          Properties: { ServiceToken: serviceToken, SecretId: 'arn', Tags: { a: 1, b: true, c: ['x', 2] } },
        },
      },
      outputs: { Result: { Value: { 'Fn::GetAtt': ['Check', 'Result'] } }, Id: { Value: { Ref: 'Check' } } },
    },
    () => make,
  )
  return { asked, stack }
}

describe('a custom resource', () => {
  it("is the function's behind the framework, with everything as texts, and its answer can be referred to", async () => {
    const { asked, stack } = await deploy({
      ok: true,
      payload: { PhysicalResourceId: 'shop/app', Data: { Result: 'ready' } },
    })

    expect(asked).toEqual([
      {
        arn: ADOPT,
        request: {
          RequestType: 'Create',
          ServiceToken: PROVIDER,
          StackId: expect.stringContaining(':stack/Overlap-test/'),
          RequestId: expect.any(String),
          LogicalResourceId: 'Check',
          ResourceType: 'Custom::OverlapCheck',
          ResourceProperties: {
            ServiceToken: PROVIDER,
            SecretId: 'arn',
            Tags: { a: '1', b: 'true', c: ['x', '2'] },
          },
        },
      },
    ])
    expect(stack.outputs.map(({ value }) => value)).toEqual(['ready', 'shop/app'])
  })

  it('is told when it goes', async () => {
    const { asked, stack } = await deploy({
      ok: true,
      payload: { PhysicalResourceId: 'shop/app', Data: { Result: '' } },
    })
    await stack.destroy()
    expect(asked[1]?.request).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: 'shop/app' })
  })

  it('fails the deployment with what the function threw', async () => {
    const failed: Outcome = { ok: false, errorType: 'NEW_USER_NOT_ALLOWED', errorMessage: 'no such tag' }
    await expect(deploy(failed)).rejects.toThrow('Check: NEW_USER_NOT_ALLOWED: no such tag')
  })

  it('needs a function of the framework', async () => {
    await expect(deploy({ ok: true, payload: {} }, ADOPT)).rejects.toThrow('Check.ServiceToken')
  })
})

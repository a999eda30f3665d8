import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Resource, Stack } from '../../../sandbox/assembly/assembly.ts'
import { deployStack, type Make, type Makers } from '../../../sandbox/deployment/stack.ts'

const stackOf = (resources: Readonly<Record<string, Resource>>, outputs: Stack['outputs'] = {}): Stack => ({
  name: 'Overlap-test',
  account: '123456789012',
  region: 'eu-central-1',
  resources,
  outputs,
  assets: {},
})

const thing = (
  properties: Readonly<Record<string, unknown>> = {},
  more: Partial<Resource> = {},
): Resource => ({
  Type: 'Test::Thing',
  Properties: properties,
  ...more,
})

/** Makes things that have a name, may refer to others, and may take a while. Notes what happens. */
function things() {
  const log: string[] = []
  const make: Make = async ({ logicalId, properties }) => {
    log.push(`begin ${logicalId}`)
    if (properties.optionalText('Slow') !== undefined) await setImmediate()
    if (properties.optionalText('Fails') !== undefined) throw new Error(`${logicalId} cannot be made`)
    const other = properties.optionalText('Other')
    log.push(`made ${logicalId}${other === undefined ? '' : ` with ${other}`}`)
    return {
      ref: `ref-of-${logicalId}`,
      attributes: { Arn: `arn-of-${logicalId}` },
      remove: () => log.push(`removed ${logicalId}`),
    }
  }
  const makers: Makers = (type) => (type === 'Test::Thing' ? make : undefined)
  return { log, makers }
}

describe('a deployment', () => {
  it('makes a resource when those that it refers to are there, and others meanwhile', async () => {
    const { log, makers } = things()
    await deployStack(
      stackOf({
        Last: thing({ Other: { 'Fn::GetAtt': ['First', 'Arn'] } }),
        After: thing({}, { DependsOn: ['Last'] }),
        First: thing({ Slow: 'yes' }),
        Alone: thing(),
      }),
      makers,
    )

    expect(log).toEqual([
      'begin First',
      'begin Alone',
      'made Alone',
      'made First',
      'begin Last',
      'made Last with arn-of-First',
      'begin After',
      'made After',
    ])
  })

  it('resolves pseudo parameters and collects outputs', async () => {
    const { log, makers } = things()
    const { outputs } = await deployStack(
      stackOf(
        { One: thing({ Other: { 'Fn::Join': [':', [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }]] } }) },
        { Result: { Value: { Ref: 'One' }, Description: 'what came of it' } },
      ),
      makers,
    )

    expect(log).toContain('made One with eu-central-1:123456789012')
    expect(outputs).toEqual([{ name: 'Result', description: 'what came of it', value: 'ref-of-One' }])
  })

  it.each<readonly [string, Readonly<Record<string, Resource>>, string]>([
    ['a type', { One: { Type: 'AWS::New::Service' } }, 'One: the sandbox does not know AWS::New::Service'],
    ['a property', { One: thing({ Name: 'x' }) }, 'One: the sandbox does not know One.Name of Test::Thing'],
    [
      'an intrinsic',
      { One: thing({ Other: { 'Fn::ImportValue': 'x' } }) },
      'One.Other: the sandbox does not know',
    ],
    ['a reference', { One: thing({ Other: { Ref: 'Nobody' } }) }, 'One.Other: Ref of Nobody leads nowhere'],
    ['a policy', { One: thing({}, { DeletionPolicy: 'Snapshot' }) }, 'DeletionPolicy Snapshot'],
    [
      'an order of resources that wait for each other',
      { One: thing({ Other: { Ref: 'Two' } }), Two: thing({ Other: { Ref: 'One' } }) },
      'One -> Two -> One',
    ],
  ])('refuses %s that it does not know', async (_, resources, message) => {
    await expect(deployStack(stackOf(resources), things().makers)).rejects.toThrow(message)
  })

  it('fails with what failed first, and makes nothing that needs it', async () => {
    const { log, makers } = things()
    const resources = { Bad: thing({ Fails: 'yes' }), Needy: thing({ Other: { Ref: 'Bad' } }) }

    await expect(deployStack(stackOf(resources), makers)).rejects.toThrow('Bad cannot be made')
    expect(log).not.toContain('begin Needy')
  })
})

describe('its end', () => {
  it('removes the last that was made first, and nothing that is to be retained', async () => {
    const { log, makers } = things()
    const stack = await deployStack(
      stackOf({
        Table: thing({}, { DeletionPolicy: 'Retain' }),
        Function: thing({ Other: { Ref: 'Table' } }),
        Rule: thing({ Other: { Ref: 'Function' } }, { DeletionPolicy: 'Delete' }),
      }),
      makers,
    )
    log.length = 0
    await stack.destroy()

    expect(log).toEqual(['removed Rule', 'removed Function'])
  })
})

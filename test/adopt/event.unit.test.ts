import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAdoption } from '../../lambdas/adopt/event.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const OTHER_ARN = SECRET_ARN.replace('AbCdEf', 'GhIjKl')
const create = { RequestType: 'Create', RequestId: 'r', ResourceProperties: { ServiceToken: 'arn:adopt' } }
const tags = (Tags: unknown, more: object = {}) => ({
  ...create,
  ResourceType: 'Custom::OverlapTags',
  ResourceProperties: { ServiceToken: 'arn:adopt', SecretId: SECRET_ARN, Tags },
  ...more,
})
const check = (properties: object = {}, more: object = {}) => ({
  ...create,
  ResourceType: 'Custom::OverlapCheck',
  ResourceProperties: {
    SecretId: SECRET_ARN,
    Function: 'arn:rotate',
    NewUser: 'false',
    Policy: 'x',
    ...properties,
  },
  ...more,
})
const updateFrom = (Tags: unknown, SecretId = SECRET_ARN) => ({
  RequestType: 'Update',
  PhysicalResourceId: `overlap-tags/${SECRET_ARN}`,
  OldResourceProperties: { SecretId, Tags },
})

describe('what a deployment asks for', () => {
  it('is tags, when a secret is adopted', () => {
    expect(parseAdoption(tags({ 'overlap:owner': 'shop', 'overlap:mode': 'observe' }))).toEqual({
      do: 'tag',
      physicalId: `overlap-tags/${SECRET_ARN}`,
      secretId: SECRET_ARN,
      tags: { 'overlap:owner': 'shop', 'overlap:mode': 'observe' },
      untag: [],
    })
  })

  it.each([
    ['what is gone', { 'overlap:owner': 'a', 'overlap:drain': '2d' }, ['overlap:drain']],
    ['nothing when all is there still', { 'overlap:owner': 'a' }, []],
    ['nothing that was no policy', { team: 'shop', 'overlap:hold': 'x', 'overlap:state': 'v=1' }, []],
  ])('on an update takes away %s', (_, old, untag) => {
    expect(parseAdoption(tags({ 'overlap:owner': 'b' }, updateFrom(old)))).toMatchObject({
      tags: { 'overlap:owner': 'b' },
      untag,
    })
  })

  it('for another secret takes nothing from the first, and is another resource', () => {
    expect(
      parseAdoption(tags({ 'overlap:owner': 'b' }, updateFrom({ 'overlap:drain': '2d' }, OTHER_ARN))),
    ).toEqual(expect.objectContaining({ untag: [], physicalId: `overlap-tags/${SECRET_ARN}` }))
  })

  it.each([
    ['false', false],
    ['true', true],
    [undefined, false],
  ])('is a check, with a user to be made when NewUser is %s', (NewUser, newUser) => {
    for (const more of [{}, { RequestType: 'Update', PhysicalResourceId: 'x' }])
      expect(parseAdoption(check({ NewUser }, more))).toEqual({
        do: 'check',
        physicalId: `overlap-check/${SECRET_ARN}`,
        secretId: SECRET_ARN,
        functionArn: 'arn:rotate',
        newUser,
      })
  })

  it.each([tags({ 'overlap:owner': 'a' }), check(), { ...create, ResourceType: 'Custom::Else' }])(
    'is nothing when it is deleted, so that a construct can be moved',
    (event) => {
      expect(parseAdoption({ ...event, RequestType: 'Delete', PhysicalResourceId: 'id' })).toEqual({
        do: 'nothing',
        physicalId: 'id',
      })
    },
  )

  it.each([
    ['another request', { ...tags({}), RequestType: 'Drop' }, 'RequestType'],
    ['another resource', { ...tags({}), ResourceType: 'Custom::Else' }, 'ResourceType'],
    ['no secret', { ...tags({}), ResourceProperties: {} }, 'SecretId'],
    ['a secret by name', check({ SecretId: 'app/db' }), 'SecretId'],
    ['a tag of somebody else', tags({ team: 'shop' }), 'Tags'],
    ['a person’s hold', tags({ 'overlap:hold': 'x' }), 'Tags'],
    ['the sweep’s notes', tags({ 'overlap:state': 'v=1' }), 'Tags'],
    ['a tag that is no text', tags({ 'overlap:owner': 1 }), 'Tags.overlap:owner'],
    ['no function', check({ Function: undefined }), 'Function'],
    ['a new user in words', check({ NewUser: 'perhaps' }), 'NewUser'],
    ['nothing', undefined, 'RequestType'],
  ])('with %s is EVENT_INVALID and names the field', (_, event, field) => {
    expect(() => parseAdoption(event)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(`field ${field} `) }),
    )
  })

  it('is refused, whatever it is, by EVENT_INVALID and nothing else', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(() => parseAdoption(event)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }))
      }),
    )
  })
})

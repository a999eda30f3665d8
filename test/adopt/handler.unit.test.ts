import { afterEach, describe, expect, it, vi } from 'vitest'
import { adopt } from '../../lambdas/adopt/adopt.ts'
import { adoptHandler } from '../../lambdas/adopt/handler.ts'
import type { AskedRotation } from '../../lambdas/rotation/asked-rotation.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { manySecrets } from '../fakes/operated-secrets.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const properties = { SecretId: SECRET_ARN, Function: 'arn:rotate', NewUser: 'false', Policy: 'x' }
const check = { RequestType: 'Create', ResourceType: 'Custom::OverlapCheck', ResourceProperties: properties }
const newcomer = { ...check, ResourceProperties: { ...properties, NewUser: 'true' } }
const tags = (Tags: Readonly<Record<string, string>>) => ({
  RequestType: 'Create',
  ResourceType: 'Custom::OverlapTags',
  ResourceProperties: { SecretId: SECRET_ARN, Tags },
})

function wired(rotation: Partial<AskedRotation> = {}) {
  const recorded = recordedTelemetry()
  const many = manySecrets([secretWith({ now: ['AWSCURRENT'] })])
  const asked: string[] = []
  const asking: AskedRotation = {
    check: async () => ({ outcome: 'ready' }),
    provision: async () => ({ outcome: 'provisioned' }),
    ...rotation,
  }
  const handler = adoptHandler({
    telemetry: recorded.telemetry,
    environment: { OVERLAP_FUNCTIONS: '[{"rotate":"arn:rotate","retire":"arn:retire"}]' },
    tagsFor: () => many.operated,
    rotateFor: () => ({
      check: (secretId) => {
        asked.push('check')
        return asking.check(secretId)
      },
      provision: (secretId) => {
        asked.push('provision')
        return asking.provision(secretId)
      },
    }),
  })
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 60_000 })
  return { recorded, invoke, asked, ...many }
}

describe('the adopt function', () => {
  it('writes a policy as tags, takes away what is gone, and does the same again without harm', async () => {
    const { invoke, find } = wired()
    const first = { 'overlap:owner': 'shop', 'overlap:drain': '2d' }
    const answer = { PhysicalResourceId: `overlap-tags/${SECRET_ARN}` }
    for (const _ of [1, 2]) expect(await invoke(tags(first))).toEqual(answer)
    expect(Object.fromEntries(find('app/db').tags)).toEqual(first)
    const update = {
      ...tags({ 'overlap:owner': 'orders' }),
      RequestType: 'Update',
      PhysicalResourceId: answer.PhysicalResourceId,
      OldResourceProperties: { SecretId: SECRET_ARN, Tags: first },
    }
    for (const _ of [1, 2]) expect(await invoke(update)).toEqual(answer)
    expect(Object.fromEntries(find('app/db').tags)).toEqual({ 'overlap:owner': 'orders' })
  })

  it('does nothing at all when a resource is deleted', async () => {
    const { invoke, written, asked } = wired()
    for (const event of [tags({ 'overlap:owner': 'shop' }), newcomer])
      expect(await invoke({ ...event, RequestType: 'Delete', PhysicalResourceId: 'id' })).toEqual({
        PhysicalResourceId: 'id',
      })
    expect([written, asked]).toEqual([[], []])
  })

  it('checks, and shows that all is ready', async () => {
    const { invoke, asked } = wired()
    expect(await invoke(check)).toEqual({
      PhysicalResourceId: `overlap-check/${SECRET_ARN}`,
      Data: { Result: 'ready' },
    })
    expect(asked).toEqual(['check'])
  })

  it('fails no deployment for what blocks a rotation, nor when nobody could be asked', async () => {
    const message = 'the admin lacks a right. Run as a user that has it: GRANT app TO admin WITH ADMIN OPTION'
    const blocked = wired({ check: async () => ({ outcome: 'blocked', code: 'ADMIN_LACKS_RIGHT', message }) })
    expect((await blocked.invoke(check)).Data).toEqual({ Result: `ADMIN_LACKS_RIGHT: ${message}` })
    const silent = wired({ check: () => Promise.reject(new OverlapError('UNREACHABLE', 'timed out')) })
    expect((await silent.invoke(check)).Data).toEqual({ Result: 'UNREACHABLE: timed out' })
    expect(blocked.recorded.text() + silent.recorded.text()).not.toMatch(/"Failures"|"severity"/)
  })

  it('shows a result on one line that CloudFormation takes', async () => {
    const message = `first\nsecond\u001b[31m ${'é'.repeat(3_000)}`
    const { invoke } = wired({ check: async () => ({ outcome: 'blocked', code: 'RIGHTS_DIFFER', message }) })
    const result = (await invoke(check)).Data?.Result ?? ''
    expect(result).toMatch(/^RIGHTS_DIFFER: first second \[31m é+$/)
    expect(result).toHaveLength(1_000)
  })

  it('makes a new user before it checks', async () => {
    const { invoke, asked } = wired()
    expect((await invoke(newcomer)).Data).toEqual({ Result: 'ready' })
    expect(asked).toEqual(['provision', 'check'])
  })

  it('fails the deployment when the user cannot be made, and does not go on', async () => {
    const { invoke, asked } = wired({
      provision: () => Promise.reject(new OverlapError('USER_EXISTS', 'the role app exists already')),
    })
    await expect(invoke(newcomer)).rejects.toMatchObject({ name: 'USER_EXISTS' })
    expect(asked).toEqual(['provision'])
  })

  it('asks no function that is not of this deployment', async () => {
    const { invoke, asked } = wired()
    const other = { ...check, ResourceProperties: { ...properties, Function: 'arn:other' } }
    await expect(invoke(other)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('arn:other'),
    })
    expect(asked).toEqual([])
  })

  it('refuses what it does not understand', async () => {
    const { invoke, written } = wired()
    await expect(invoke(tags({ team: 'shop' }))).rejects.toMatchObject({ name: 'EVENT_INVALID' })
    expect(written).toEqual([])
  })
})

describe('rights that have not reached everywhere yet', () => {
  const denied = new OverlapError(
    'SECRETS_MANAGER_FAILED',
    'DescribeSecret failed: AccessDeniedException: not authorized',
  )
  /** Denied so many times, and then as a healthy secret is. */
  function denying(times: number) {
    const slept: number[] = []
    let tries = 0
    const answer = async <T>(value: T) => {
      tries += 1
      if (tries <= times) throw denied
      return value
    }
    const rotation: AskedRotation = {
      provision: () => answer({ outcome: 'provisioned' } as const),
      check: () => answer({ outcome: 'ready' } as const),
    }
    const run = (newUser: boolean) =>
      adopt(
        {
          tags: manySecrets([]).operated,
          rotations: new Map([['arn:rotate', rotation]]),
          sleep: async (ms) => void slept.push(ms),
        },
        { do: 'check', physicalId: 'id', secretId: SECRET_ARN, functionArn: 'arn:rotate', newUser },
      )
    return { run, slept, tries: () => tries }
  }

  it('are waited for, a few seconds', async () => {
    const { run, slept } = denying(2)
    expect(await run(true)).toEqual({ outcome: 'ready', result: 'ready' })
    expect(slept).toEqual([2_000, 5_000])
  })

  it('are waited for by a check that is answered with them, too', async () => {
    let tries = 0
    const rotation: AskedRotation = {
      provision: () => Promise.reject(new Error('nobody asks for that')),
      check: async () => {
        tries += 1
        return tries > 1
          ? { outcome: 'ready' }
          : { outcome: 'blocked', code: denied.code, message: denied.message }
      },
    }
    const adopting = {
      tags: manySecrets([]).operated,
      rotations: new Map([['arn:rotate', rotation]]),
      sleep: async () => {},
    }
    const adoption = { physicalId: 'id', secretId: SECRET_ARN, functionArn: 'arn:rotate', newUser: false }
    expect(await adopt(adopting, { do: 'check', ...adoption })).toMatchObject({ outcome: 'ready' })
  })

  it('are not waited for for ever', async () => {
    const { run, tries } = denying(Number.POSITIVE_INFINITY)
    await expect(run(true)).rejects.toBe(denied)
    expect(tries()).toBe(4)
    expect(await denying(Number.POSITIVE_INFINITY).run(false)).toMatchObject({
      outcome: 'blocked',
      result: expect.stringContaining('AccessDeniedException'),
    })
  })
})

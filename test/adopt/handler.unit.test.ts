import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Adopting, adopt } from '../../lambdas/adopt/adopt.ts'
import type { Adoption } from '../../lambdas/adopt/event.ts'
import { adoptHandler } from '../../lambdas/adopt/handler.ts'
import type { AskedByDeployment } from '../../lambdas/rotation/asked-rotation.ts'
import { type ErrorCode, OverlapError } from '../../lambdas/rotation/errors.ts'
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

function wired(rotation: Partial<AskedByDeployment> = {}, functionName = 'overlap-adopt') {
  const recorded = recordedTelemetry()
  const many = manySecrets([secretWith({ now: ['AWSCURRENT'] })])
  const asked: string[] = []
  const asking: AskedByDeployment = {
    check: async () => ({ outcome: 'ready' }),
    provision: async () => ({ outcome: 'provisioned' }),
    ...rotation,
  }
  const handler = adoptHandler({
    telemetry: recorded.telemetry,
    environment: {
      OVERLAP_FUNCTIONS: '[{"rotate":"arn:rotate","retire":"arn:retire"}]',
      AWS_LAMBDA_FUNCTION_NAME: functionName,
    },
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
    expect(blocked.recorded.logs()).toEqual([
      expect.objectContaining({ step: 'check', outcome: 'blocked', reason: 'ADMIN_LACKS_RIGHT' }),
    ])
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

  const unable = (code: ErrorCode, message: string): Partial<AskedByDeployment> => ({
    provision: () => Promise.reject(new OverlapError(code, message)),
  })

  it.each(['UNREACHABLE', 'ADMIN_LACKS_RIGHT', 'USER_EXISTS', 'UNEXPECTED'] as const)(
    'fails no deployment when the user cannot be made for %s, says how to go on, and does not',
    async (code) => {
      const { invoke, asked, recorded } = wired(unable(code, 'nobody was made'))
      for (const more of [{}, { RequestType: 'Update', PhysicalResourceId: 'x' }])
        expect(await invoke({ ...newcomer, ...more })).toEqual({
          PhysicalResourceId: `overlap-check/${SECRET_ARN}`,
          Data: { Result: `${code}: nobody was made. Then run: npm run overlap -- provision app/db` },
        })
      expect(asked).toEqual(['provision', 'provision'])
      expect(recorded.text()).not.toMatch(/"Failures"|"severity"/)
    },
  )

  it.each(['green-adopt', 'green-adopt-2'])('says how to go on with the deployment of %s', async (name) => {
    const { invoke } = wired(unable('UNREACHABLE', 'db:5432 is silent'), name)
    expect((await invoke(newcomer)).Data?.Result).toMatch(/provision app\/db --deployment green$/)
  })

  it('says how to go on however long the reason is, and cuts no character in two', async () => {
    for (const padding of ['', '.']) {
      const { invoke } = wired(unable('UNREACHABLE', padding + '\u{1f511}'.repeat(3_000)))
      const result = (await invoke(newcomer)).Data?.Result ?? ''
      expect(result).toMatch(/^UNREACHABLE: .+\. Then run: npm run overlap -- provision app\/db$/)
      expect([/\p{Cs}/u.test(result), result.length > 990, result.length <= 1_000]).toEqual([
        false,
        true,
        true,
      ])
    }
  })

  it('fails the deployment by a defect of its own', async () => {
    const { invoke } = wired({ provision: () => Promise.reject(new TypeError('x is undefined')) })
    await expect(invoke(newcomer)).rejects.toMatchObject({ name: 'UNEXPECTED' })
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
  const check: Adoption = {
    do: 'check',
    physicalId: 'id',
    secretId: SECRET_ARN,
    functionArn: 'arn:rotate',
    newUser: true,
  }
  const tag: Adoption = {
    do: 'tag',
    physicalId: 'id',
    secretId: SECRET_ARN,
    tags: { 'overlap:owner': 'shop' },
    untag: ['overlap:drain'],
  }

  type Denies = (tries: number, call: string) => boolean
  const first =
    (times: number): Denies =>
    (tries) =>
      tries <= times
  const always: Denies = () => true

  /** What is called is denied or works. `left`: milliseconds of the function's time. */
  function denying(denies: Denies, left = 120_000) {
    const slept: number[] = []
    const calls: string[] = []
    const many = manySecrets([secretWith({}, { tags: new Map([['overlap:drain', '2d']]) })])
    const answer = async <T>(call: string, value: T | Promise<T>) => {
      calls.push(call)
      if (denies(calls.length, call)) throw denied
      return value
    }
    const rotation: AskedByDeployment = {
      provision: () => answer('provision', { outcome: 'provisioned' } as const),
      check: () => answer('check', { outcome: 'ready' } as const),
    }
    const adopting: Adopting = {
      tags: {
        tag: (...wanted) => answer('tag', many.operated.tag(...wanted)),
        untag: (...wanted) => answer('untag', many.operated.untag(...wanted)),
      },
      rotations: new Map([['arn:rotate', rotation]]),
      deployment: 'overlap',
      sleep: async (ms) => void slept.push(ms),
      spare: () => left - slept.reduce((sum, ms) => sum + ms, 0),
    }
    const run = (adoption: Adoption) => adopt(adopting, adoption)
    return { run, adopting, slept, calls }
  }
  it('are waited for by what makes a user and checks', async () => {
    const { run, slept, calls } = denying(first(2))
    expect(await run(check)).toEqual({ outcome: 'ready', result: 'ready' })
    expect([slept, calls]).toEqual([
      [2_000, 4_000],
      ['provision', 'provision', 'provision', 'check'],
    ])
  })

  it('are waited for by what writes tags and takes them away', async () => {
    const { run, calls } = denying(first(1))
    expect(await run(tag)).toEqual({ outcome: 'tagged' })
    expect(calls).toEqual(['tag', 'tag', 'untag'])
    const gone = denying(first(1))
    expect(await gone.run({ ...tag, tags: {} })).toEqual({ outcome: 'tagged' })
    expect(gone.calls).toEqual(['untag', 'untag'])
  })

  it('are waited for by a check that is answered with them, too', async () => {
    const { adopting } = denying(first(0))
    let tries = 0
    const rotation: AskedByDeployment = {
      provision: () => Promise.reject(new Error('nobody asks for that')),
      check: async () => {
        tries += 1
        return tries > 1
          ? { outcome: 'ready' }
          : { outcome: 'blocked', code: denied.code, message: denied.message }
      },
    }
    const rotations = new Map([['arn:rotate', rotation]])
    expect(await adopt({ ...adopting, rotations }, { ...check, newUser: false })).toMatchObject({
      outcome: 'ready',
    })
  })

  it('are waited for a minute in all, whatever one request does', async () => {
    for (const adoption of [check, { ...check, newUser: false }]) {
      const { run, slept } = denying(always)
      expect(await run(adoption)).toMatchObject({ outcome: 'blocked', code: denied.code })
      expect(slept.reduce((sum, ms) => sum + ms)).toBe(60_000)
    }
    const tagging = denying(always)
    await expect(tagging.run(tag)).rejects.toBe(denied)
    expect(tagging.slept.reduce((sum, ms) => sum + ms)).toBe(60_000)
    // What it took to make the user is not there for the check.
    const half = denying((tries, call) => tries <= 3 || call === 'check')
    expect(await half.run(check)).toMatchObject({ outcome: 'blocked' })
    expect(half.slept).toEqual([2_000, 4_000, 8_000, 16_000, 30_000])
  })

  it('are not waited for past the function’s own time', async () => {
    const { run, slept } = denying(always, 10_000)
    expect(await run(check)).toMatchObject({ outcome: 'blocked' })
    expect(slept).toEqual([2_000, 4_000])
  })

  it('are the only reason to try again', async () => {
    const { adopting, slept } = denying(first(0))
    const silent = new OverlapError('UNREACHABLE', 'timed out')
    const rotation: AskedByDeployment = {
      provision: () => Promise.reject(silent),
      check: () => Promise.reject(silent),
    }
    const rotations = new Map([['arn:rotate', rotation]])
    expect(await adopt({ ...adopting, rotations }, check)).toMatchObject({ code: 'UNREACHABLE' })
    expect(slept).toEqual([])
  })
})

import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConsumerFunctions } from '../../lambdas/rollout/consumer-functions.ts'
import { lambdaRollout } from '../../lambdas/rollout/lambda-function.ts'
import type { Goal } from '../../lambdas/rollout/rollout.ts'
import type { LambdaHost } from '../../sandbox/lambda/host.ts'
import { rolloutContract } from '../contracts/rollout.contract.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { mailerOnLambda } from './on-lambda.ts'

const started: LambdaHost[] = []
afterEach(async () => {
  for (const host of started.splice(0)) await host.close()
})

const consumerCalled = (functionName: string, alias: string | undefined) => ({
  kind: 'lambda' as const,
  functionName,
  alias,
})

for (const alias of [undefined, 'live'])
  rolloutContract(alias === undefined ? 'Lambda' : 'Lambda, behind an alias', {
    async subject() {
      const { host, ...on } = await mailerOnLambda({ STAGE: 'production' })
      started.push(host)
      return {
        consumer: consumerCalled('mailer', alias),
        missing: consumerCalled('missing', alias),
        rollout: on.rollout,
        now: on.now,
        settle: on.settle,
        serves: async () => on.startedAt.has(alias ?? '$LATEST'),
        breaks: () => host.managed.setFailing('mailer', true),
        heals: () => host.managed.setFailing('mailer', false),
        deployedByHand: on.deployedByHand,
        cut: () => host.close(),
      }
    },
  })

describe('a rollout of a Lambda function', () => {
  const variables = { STAGE: 'production', EMPTY: '', ODD: 'ä "quoted"\n $x', OVERLAP_VERSION_00000000: 'x' }
  const live = consumerCalled('mailer', 'live')
  const called = consumerCalled('mailer', undefined)

  const made = async (own: Readonly<Record<string, string>> = variables) => {
    const on = await mailerOnLambda(own)
    started.push(on.host)
    const since = on.now()
    const goal: Goal = { secretId: SECRET_ARN, versionId: 'new', since, created: since - 1 }
    const advance = async (consumer: typeof live | typeof called) => {
      const { state } = await on.rollout().progress(consumer, goal)
      if (state === 'absent') await on.rollout().start(consumer, goal)
      await on.settle()
      return state
    }
    const variablesOf = async (Qualifier: string) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: 'mailer', Qualifier })
      return (await on.client.send(command)).Environment?.Variables ?? {}
    }
    const aliasVersion = async () => {
      const command = new GetAliasCommand({ FunctionName: 'mailer', Name: 'live' })
      return (await on.client.send(command)).FunctionVersion
    }
    return { ...on, goal, advance, variablesOf, aliasVersion }
  }

  it('adds one variable, which says the version, and keeps all others byte for byte', async () => {
    const { advance, variablesOf, goal } = await made()
    await advance(called)
    const now = await variablesOf('$LATEST')
    const added = Object.entries(now).filter(([name]) => !(name in variables))
    expect(added).toEqual([
      [expect.stringMatching(/^OVERLAP_VERSION_[0-9a-f]{8}$/), expect.stringContaining(goal.versionId)],
    ])
    expect(now).toEqual({ ...variables, ...Object.fromEntries(added) })
  })

  it('has its environments start anew after the version was there', async () => {
    const { advance, startedAt, goal } = await made()
    expect(await advance(called)).toBe('absent')
    expect(await advance(called)).toBe('done')
    expect(startedAt.get('$LATEST')).toBeGreaterThan(goal.since)
  })

  it('behind an alias goes one step at a time, and the alias leads there at the end', async () => {
    const { advance, startedAt, goal, aliasVersion } = await made()
    const steps: string[] = []
    for (let state = ''; state !== 'done' && steps.length < 9; ) {
      state = await advance(live)
      steps.push(`${state}, at version ${await aliasVersion()}`)
    }
    expect(steps).toEqual([
      'absent, at version 1',
      'absent, at version 1',
      'absent, at version 2',
      'done, at version 2',
    ])
    expect(startedAt.get('live')).toBeGreaterThan(goal.since)
  })

  it('does not point the alias to a version that is not ready', async () => {
    const { rollout, goal, settle, aliasVersion } = await made()
    await rollout().start(live, goal)
    await settle()
    await rollout().start(live, goal)
    await rollout().start(live, goal)
    expect(await aliasVersion()).toBe('1')
    await settle()
    await rollout().start(live, goal)
    expect(await aliasVersion()).toBe('2')
  })

  it('whose published version cannot be made ready has failed, says why, and is done once somebody mended it', async () => {
    const { rollout, goal, functions, advance, aliasVersion, deployedByHand } = await made()
    await advance(live)
    const reason = 'FunctionError.InitTimedOut: the code does not start'
    const failing: ConsumerFunctions = {
      ...functions,
      async publish(...asked) {
        const published = await functions.publish(...asked)
        return published === false ? false : { ...published, state: 'Failed', reason }
      },
    }
    for (const _ of [1, 2]) {
      expect((await rollout().progress(live, goal)).state).toBe('absent')
      expect(await lambdaRollout(failing).start(live, goal)).toEqual({
        state: 'failed',
        detail: expect.stringContaining(`version 2 about (${reason})`),
      })
      expect(await aliasVersion()).toBe('1')
    }
    await deployedByHand()
    expect((await rollout().progress(live, goal)).state).toBe('done')
  })

  it.each(['before it begins', 'after $LATEST was changed'])(
    'waits where $LATEST has other code than the alias: %s',
    async (when) => {
      const { rollout, goal, settle, host, advance, aliasVersion } = await made()
      if (when.startsWith('after')) await advance(live)
      host.managed.deployCode('mailer', 'half-finished')
      await settle()
      expect(await rollout().progress(live, goal)).toMatchObject({
        state: 'running',
        detail: expect.stringContaining('(CodeSha256)'),
      })
      await rollout().start(live, goal)
      await settle()
      await rollout().start(live, goal)
      expect(await aliasVersion()).toBe('1')
    },
  )

  it.each([
    ['a variable', { Environment: { Variables: { STAGE: 'CANARY' } } }, 'Environment'],
    ['the memory', { MemorySize: 256 }, 'MemorySize'],
  ])('waits where $LATEST differs in %s that was never published', async (_, change, part) => {
    const { rollout, goal, settle, client } = await made()
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'mailer', ...change }))
    await settle()
    const { state, detail } = await rollout().progress(live, { ...goal, since: goal.since + 3_600_000 })
    expect([state, detail]).toEqual(['running', expect.stringContaining(`(${part})`)])
    expect(detail).not.toContain('CANARY')
  })

  it('goes on beside the stamp of another secret that the same function reads', async () => {
    const { rollout, advance, goal, settle } = await made()
    const other = { ...goal, secretId: `${goal.secretId}2`, since: goal.since + 3_600_000 }
    await advance(live)
    await rollout().start(live, other)
    await settle()
    expect((await rollout().progress(live, other)).state).toBe('absent')
  })

  it('waits while the alias shares calls between versions, and goes on when it does not', async () => {
    const { rollout, goal, client, deployedByHand, now } = await made()
    await deployedByHand()
    await client.send(
      new UpdateAliasCommand({
        FunctionName: 'mailer',
        Name: 'live',
        FunctionVersion: '1',
        RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
      }),
    )
    const later = { ...goal, since: now() }
    for (const each of [goal, later])
      expect(await rollout().progress(live, each)).toMatchObject({
        state: 'running',
        detail: expect.stringContaining('1 and 2'),
      })
    const whole = { FunctionName: 'mailer', Name: 'live', FunctionVersion: '2' }
    await client.send(new UpdateAliasCommand({ ...whole, RoutingConfig: { AdditionalVersionWeights: {} } }))
    expect((await rollout().progress(live, goal)).state).toBe('done')
    expect((await rollout().progress(live, later)).state).toBe('absent')
  })

  it('is done where every version that the alias shares calls between was made since', async () => {
    const { rollout, goal, client, deployedByHand } = await made()
    await deployedByHand()
    await deployedByHand()
    await client.send(
      new UpdateAliasCommand({
        FunctionName: 'mailer',
        Name: 'live',
        RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
      }),
    )
    expect((await rollout().progress(live, goal)).state).toBe('done')
  })

  it('waits for the provisioned concurrency of the alias, and refuses to leave that of a version behind', async () => {
    const { rollout, goal, host, deployedByHand, now } = await made()
    await deployedByHand()
    const states: unknown[] = []
    for (const status of ['IN_PROGRESS', 'FAILED', 'READY', undefined] as const) {
      host.managed.setProvisioned('mailer', 'live', status)
      states.push((await rollout().progress(live, goal)).state)
    }
    expect(states).toEqual(['running', 'failed', 'done', 'done'])
    host.managed.setProvisioned('mailer', '2', 'READY')
    expect(await rollout().progress(live, { ...goal, since: now() })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('provisioned concurrency of its own'),
    })
  })

  it('changes nothing that somebody changed since it was looked at', async () => {
    const { functions, client, settle } = await made({})
    const before = await functions.version('mailer', '$LATEST', 'V')
    const alias = await functions.alias('mailer', 'live')
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'mailer', Timeout: 9 }))
    const stamp = { variable: 'V', value: 'v', revisionId: before.revisionId }
    expect(await functions.stamp('mailer', stamp)).toBe(false)
    await settle()
    expect(await functions.stamp('mailer', stamp)).toBe(false)
    expect(await functions.publish('mailer', before.revisionId, 'V')).toBe(false)
    await client.send(new UpdateAliasCommand({ FunctionName: 'mailer', Name: 'live', FunctionVersion: '1' }))
    const { revisionId } = alias
    expect(await functions.pointAlias('mailer', { alias: 'live', version: '1', revisionId })).toBe(false)
  })

  it('loses no variable that somebody sets between the look and the change', async () => {
    const { functions, client, host, settle, variablesOf } = await made({ STAGE: 'production' })
    const { revisionId } = await functions.version('mailer', '$LATEST', 'V')
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UpdateFunctionConfigurationCommand') {
            host.managed.find('mailer')?.change({ variables: { STAGE: 'production', ADDED: 'meanwhile' } })
            await settle()
          }
          return next(args)
        },
      { step: 'initialize' },
    )
    expect(await functions.stamp('mailer', { variable: 'V', value: 'v', revisionId })).toBe(false)
    expect(await variablesOf('$LATEST')).toEqual({ STAGE: 'production', ADDED: 'meanwhile' })
  })

  it.each([
    ['older', { lastModified: 1, stamp: undefined }],
    ['of other code', { parts: { CodeSha256: 'other' } }],
  ])('does not point the alias to a version that turns out to be %s', async (_, difference) => {
    const { functions, goal, settle, rollout, aliasVersion } = await made()
    await rollout().start(live, goal)
    await settle()
    await rollout().start(live, goal)
    await settle()
    const publishing: ConsumerFunctions = {
      ...functions,
      async publish(...asked) {
        const published = await functions.publish(...asked)
        return published === false ? false : { ...published, ...difference }
      },
    }
    await lambdaRollout(publishing).start(live, goal)
    expect(await aliasVersion()).toBe('1')
    await rollout().start(live, goal)
    expect(await aliasVersion()).toBe('2')
  })

  it('says of an environment that is too large nothing that Lambda quotes', async () => {
    const { rollout, goal } = await made({ TOKEN: `CANARY${'x'.repeat(4_040)}` })
    const error = await rollout()
      .start(called, goal)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'LAMBDA_FAILED', message: expect.stringContaining('mailer') })
    expect(JSON.stringify([`${error}`, error, (error as Error).stack])).not.toContain('CANARY')
  })
})

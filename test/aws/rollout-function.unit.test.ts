import { describe, expect, it } from 'vitest'
import { rolloutFunction } from '../../lambdas/aws/rollout-function.ts'
import { lambdaAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const request = {
  action: 'look',
  consumer: 'ecs:shop/api',
  secretId: SECRET_ARN,
  versionId: 'new',
  since: 2,
  created: 1,
} as const
const payload = (value: unknown) => {
  const text = JSON.stringify(value)
  return Object.assign(Buffer.from(text), { transformToString: () => text })
}

function rolloutAnswering(answer: NonNullable<Parameters<typeof lambdaAnswering>[0]['InvokeCommand']>) {
  const { client, sent } = lambdaAnswering({ InvokeCommand: answer })
  return { ask: rolloutFunction(client, 'arn:rollout', () => new AbortController().signal), sent }
}

describe('the rollout function behind an ARN', () => {
  it('is sent the request, and says how far the consumer is', async () => {
    const { ask, sent } = rolloutAnswering(() => ({
      Payload: payload({ outcome: 'running', reason: '1 of 2' }),
    }))
    expect(await ask(request)).toEqual({ state: 'running', detail: '1 of 2' })
    expect(sent).toEqual([
      {
        command: 'InvokeCommand',
        input: { FunctionName: 'arn:rollout', Payload: Buffer.from(JSON.stringify(request)) },
      },
    ])
  })

  it('need not say more', async () => {
    const { ask } = rolloutAnswering(() => ({ Payload: payload({ outcome: 'done' }) }))
    expect(await ask(request)).toEqual({ state: 'done' })
  })

  it('keeps the code that it reported', async () => {
    const { ask } = rolloutAnswering(() => ({
      FunctionError: 'Unhandled',
      Payload: payload({ errorType: 'ECS_FAILED', errorMessage: 'no such service' }),
    }))
    await expect(ask(request)).rejects.toMatchObject({ code: 'ECS_FAILED', message: 'no such service' })
  })

  it.each([{ outcome: 'retired' }, { outcome: '' }, { state: 'done' }, null])(
    'that answers %j is unknown, never "done"',
    async (answer) => {
      const { ask } = rolloutAnswering(() => ({ Payload: payload(answer) }))
      await expect(ask(request)).rejects.toMatchObject({ code: 'UNREACHABLE' })
    },
  )
})

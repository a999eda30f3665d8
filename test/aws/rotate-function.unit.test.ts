import { describe, expect, it } from 'vitest'
import { rotateFunction } from '../../lambdas/aws/rotate-function.ts'
import { lambdaAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const payload = (value: unknown) => {
  const text = JSON.stringify(value)
  return Object.assign(Buffer.from(text), { transformToString: () => text })
}

function answering(answer: NonNullable<Parameters<typeof lambdaAnswering>[0]['InvokeCommand']>) {
  const { client, sent } = lambdaAnswering({ InvokeCommand: answer })
  return { rotation: rotateFunction(client, 'arn:rotate', () => new AbortController().signal), sent }
}

describe('the rotation function behind an ARN', () => {
  it.each(['check', 'provision'] as const)('is asked to %s, and its answer is given on', async (action) => {
    const { rotation, sent } = answering(() => ({ Payload: payload({ outcome: 'ready' }) }))
    expect(await rotation[action](SECRET_ARN)).toEqual({ outcome: 'ready' })
    expect(sent).toEqual([
      {
        command: 'InvokeCommand',
        input: {
          FunctionName: 'arn:rotate',
          Payload: Buffer.from(JSON.stringify({ action, secretId: SECRET_ARN })),
        },
      },
    ])
  })

  it('keeps the code that it reported', async () => {
    const { rotation } = answering(() => ({
      FunctionError: 'Unhandled',
      Payload: payload({ errorType: 'USER_EXISTS', errorMessage: 'the role app exists already' }),
    }))
    await expect(rotation.provision(SECRET_ARN)).rejects.toMatchObject({
      code: 'USER_EXISTS',
      message: 'the role app exists already',
    })
  })

  it('of an older release, which knows no such request, is unknown and never "ready"', async () => {
    const { rotation } = answering(() => ({ Payload: payload(null) }))
    await expect(rotation.check(SECRET_ARN)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('that is throttled says so in its detail', async () => {
    const { rotation } = answering(() => {
      throw Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' })
    })
    await expect(rotation.check(SECRET_ARN)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      detail: { awsError: 'TooManyRequestsException' },
    })
  })
})

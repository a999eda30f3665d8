import { describe, expect, it } from 'vitest'
import { retireFunction } from '../../lambdas/aws/retire-function.ts'
import { lambdaAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const request = { action: 'disable', secretId: SECRET_ARN, versionId: 'old', evenIfUsed: false } as const
const bytes = (text: string) => Object.assign(Buffer.from(text), { transformToString: () => text })
const payload = (value: unknown) => bytes(JSON.stringify(value))

function retireAnswering(answer: NonNullable<Parameters<typeof lambdaAnswering>[0]['InvokeCommand']>) {
  const { client, sent } = lambdaAnswering({ InvokeCommand: answer })
  return { retire: retireFunction(client, 'arn:retire', () => new AbortController().signal), sent }
}

describe('the retire function behind an ARN', () => {
  it('is sent the request and gives its answer on', async () => {
    const { retire, sent } = retireAnswering(() => ({
      StatusCode: 200,
      Payload: payload({ outcome: 'retired' }),
    }))
    expect(await retire(request)).toEqual({ outcome: 'retired' })
    expect(sent).toEqual([
      {
        command: 'InvokeCommand',
        input: { FunctionName: 'arn:retire', Payload: Buffer.from(JSON.stringify(request)) },
      },
    ])
  })

  it('keeps the code that it reported', async () => {
    const { retire } = retireAnswering(() => ({
      FunctionError: 'Unhandled',
      Payload: payload({ errorType: 'STILL_USED', errorMessage: 'reports is connected' }),
    }))
    await expect(retire(request)).rejects.toMatchObject({
      code: 'STILL_USED',
      message: 'reports is connected',
    })
  })

  it.each([
    {
      what: 'ran into its time-out',
      answer: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' },
    },
    { what: 'died', answer: { errorType: 'Runtime.ExitError' } },
    { what: 'failed without a word', answer: null },
  ])('that $what is unknown, so that the drain goes on', async ({ answer }) => {
    const { retire } = retireAnswering(() => ({ FunctionError: 'Unhandled', Payload: payload(answer) }))
    await expect(retire(request)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('that cannot be invoked is unknown', async () => {
    const { retire } = retireAnswering(() => {
      throw Object.assign(new Error('no such function'), { name: 'ResourceNotFoundException' })
    })
    await expect(retire(request)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('ResourceNotFoundException'),
    })
  })

  it.each([
    { what: 'nothing', Payload: bytes('') },
    { what: 'null', Payload: payload(null) },
    { what: 'an answer of another form', Payload: payload({ status: 'ok' }) },
    { what: 'no JSON', Payload: bytes('<html>') },
  ])('that answers $what is unknown, never "retired"', async ({ Payload }) => {
    const { retire } = retireAnswering(() => ({ StatusCode: 200, Payload }))
    await expect(retire(request)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
})

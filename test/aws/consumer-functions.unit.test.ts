import { type GetFunctionConfigurationCommandOutput, LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { consumerFunctions } from '../../lambdas/aws/consumer-functions.ts'

function configured(answer: Omit<GetFunctionConfigurationCommandOutput, '$metadata'>) {
  const sent: (string | undefined)[] = []
  const client = new LambdaClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async () => {
        sent.push(commandName)
        const output: GetFunctionConfigurationCommandOutput = { $metadata: {}, ...answer }
        return { output, response: undefined }
      },
    { step: 'initialize' },
  )
  return { functions: consumerFunctions(client, () => new AbortController().signal), sent }
}

describe('a function whose variables cannot be read', () => {
  const unreadable = {
    RevisionId: 'r',
    Environment: { Error: { ErrorCode: 'AccessDeniedException', Message: 'no kms:Decrypt' } },
  }

  it('is unknown, by name, with the right that is missing', async () => {
    await expect(configured(unreadable).functions.version('mailer', '$LATEST', 'V')).rejects.toMatchObject({
      code: 'LAMBDA_FAILED',
      message: expect.stringMatching(/lambda:mailer.*AccessDeniedException.*kms:Decrypt/),
    })
  })

  it('keeps every one of them: nothing is written', async () => {
    const { functions, sent } = configured(unreadable)
    const stamp = functions.stamp('mailer', { variable: 'V', value: 'v', revisionId: 'r' })
    await expect(stamp).rejects.toMatchObject({ code: 'LAMBDA_FAILED' })
    expect(sent).toEqual(['GetFunctionConfigurationCommand'])
  })
})

describe('what Lambda says of a version', () => {
  it('has its time in milliseconds, as Lambda writes it', async () => {
    const { functions } = configured({ LastModified: '2026-03-01T03:00:00.250+0000' })
    const { lastModified } = await functions.version('mailer', '1', 'V')
    expect(lastModified).toBe(Date.parse('2026-03-01T03:00:00.250Z'))
  })

  it('is of no time where it says none', async () => {
    const { lastModified } = await configured({}).functions.version('mailer', '1', 'V')
    expect(lastModified >= 0).toBe(false)
  })

  it('holds no value of a variable', async () => {
    const { functions } = configured({ Environment: { Variables: { TOKEN: 'CANARY', V: 'stamp' } } })
    const version = await functions.version('mailer', '1', 'V')
    expect(version.stamp).toBe('stamp')
    expect(JSON.stringify(version)).not.toContain('CANARY')
  })
})

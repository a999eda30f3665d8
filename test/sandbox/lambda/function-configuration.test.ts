import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'

/* What a deployment's functions are told, asked through the AWS SDK. */

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-sweep'
let folder: string
let host: LambdaHost
let client: LambdaClient

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-configuration-'))
  const bundle = path.join(folder, 'index.js')
  await writeFile(bundle, '')
  host = await startLambdaHost()
  const definition = { bundle, handler: 'index.handler', timeoutSeconds: 120, memoryMb: 256 }
  host.register({
    ...definition,
    name: 'overlap-sweep',
    environment: { OVERLAP_STALE_WARNING: '75d', OVERLAP_FUNCTIONS: '["ü"]' },
    logGroup: '/overlap/sweep',
  })
  host.register({ ...definition, name: 'bare', environment: {} })
  client = new LambdaClient({
    endpoint: host.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  })
})

afterAll(async () => {
  client.destroy()
  await host.close()
  await rm(folder, { recursive: true })
})

const configurationOf = (FunctionName: string) =>
  client.send(new GetFunctionConfigurationCommand({ FunctionName }))

it.each(['overlap-sweep', ARN, `${ARN}:$LATEST`, '123456789012:function:overlap-sweep'])(
  'GetFunctionConfiguration tells of %s what it was registered with',
  async (reference) => {
    const { $metadata, ...configuration } = await configurationOf(reference)
    expect(configuration).toEqual({
      FunctionName: 'overlap-sweep',
      FunctionArn: ARN,
      Handler: 'index.handler',
      Timeout: 120,
      MemorySize: 256,
      PackageType: 'Zip',
      Version: '$LATEST',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: '/overlap/sweep' },
      Environment: { Variables: { OVERLAP_STALE_WARNING: '75d', OVERLAP_FUNCTIONS: '["ü"]' } },
    })
  },
)

it('starts nothing for it', async () => {
  await configurationOf('overlap-sweep')
  expect(host.pids('overlap-sweep')).toEqual([])
})

it('leaves the environment out where there is none', async () => {
  expect(await configurationOf('bare')).not.toHaveProperty('Environment')
})

it('knows no function that is not registered, and names it in full', async () => {
  await expect(configurationOf('overlap-other')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ARN.replace('sweep', 'other')}`,
    $metadata: { httpStatusCode: 404 },
  })
})

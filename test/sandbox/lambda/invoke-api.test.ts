import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../../infra/bundling.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'

let folder: string
let host: LambdaHost
let client: LambdaClient

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-invoke-'))
  const source = fileURLToPath(new URL('./functions/behaviours.ts', import.meta.url))
  const { file: bundle } = await bundleHandler(source, folder)
  host = await startLambdaHost()
  host.register({
    name: 'echo',
    bundle,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 60,
    memoryMb: 128,
  })
  client = new LambdaClient({
    endpoint: host.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  })
})

afterAll(async () => {
  client.destroy()
  await host.close()
  await rm(folder, { recursive: true })
})

const invoke = (
  FunctionName: string,
  event: unknown,
  InvocationType?: 'Event' | 'DryRun' | 'RequestResponse',
) =>
  client.send(
    new InvokeCommand({
      FunctionName,
      Payload: JSON.stringify(event),
      ...(InvocationType && { InvocationType }),
    }),
  )

describe('Invoke', () => {
  it.each([
    'echo',
    'echo:$LATEST',
    '123456789012:function:echo',
    'arn:aws:lambda:us-east-1:123456789012:function:echo',
    'arn:aws:lambda:us-east-1:123456789012:function:echo:$LATEST',
  ])('finds the function as %s', async (reference) => {
    const answer = await invoke(reference, { do: 'echo' })
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
    expect(answer.FunctionError).toBeUndefined()
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ event: { do: 'echo' } })
  })

  it.each([
    'absent',
    'echo:production',
    'arn:aws:lambda:eu-west-1:123456789012:function:echo',
    'arn:aws:lambda:us-east-1:210987654321:function:echo',
  ])('finds no function as %s', async (reference) => {
    await expect(invoke(reference, {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${reference}`,
      $metadata: { httpStatusCode: 404 },
    })
    expect(host.exists(reference)).toBe(false)
  })

  it('gives a function error as the payload', async () => {
    const answer = await invoke('echo', { do: 'throw', name: 'STILL_USED', message: 'sessions exist' })
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' })
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual({
      errorType: 'STILL_USED',
      errorMessage: 'sessions exist',
      trace: expect.any(Array),
    })
  })

  it('accepts an Event at once and runs it', async () => {
    const answer = await invoke('echo', { do: 'log', lines: ['as an event'] }, 'Event')
    expect(answer.StatusCode).toBe(202)
    await expect.poll(() => host.logs('echo')).toContain('as an event')
  })

  it('does not run a DryRun', async () => {
    await host.discardInstances('echo')
    // The Event before this may still be under way: its process goes when it has answered.
    await expect.poll(() => host.pids('echo')).toEqual([])
    expect((await invoke('echo', {}, 'DryRun')).StatusCode).toBe(204)
    expect(host.pids('echo')).toEqual([])
  })

  it('refuses a payload that is not JSON', async () => {
    const command = new InvokeCommand({ FunctionName: 'echo', Payload: '{"do":' })
    await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidRequestContentException' })
  })

  it('refuses an unknown invocation type', async () => {
    await expect(invoke('echo', {}, 'Later' as 'Event')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })

  it('names an operation that it does not have', async () => {
    await expect(client.send(new ListFunctionsCommand({}))).rejects.toThrow(
      'the sandbox has no GET /2015-03-31/functions',
    )
  })
})

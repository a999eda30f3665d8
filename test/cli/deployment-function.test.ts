import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { askDeployment } from '../../cli/deployment-function.ts'

/** Lambda, as far as one answer at a time goes. */
let server: Server
let answer: { status: number; headers: Record<string, string>; body: string }
const asked: string[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    request.resume()
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  for (const [name, value] of Object.entries({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_EC2_METADATA_DISABLED: 'true',
  }))
    vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
  asked.length = 0
})

const ask = (more: { region?: string; profile?: string } = {}) =>
  askDeployment(
    { name: 'green', region: undefined, profile: undefined, ...more },
    { action: 'check', secret: 'x' },
  )
const error = (status: number, type: string) => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body: JSON.stringify({ message: 'said the service' }),
})

describe('the operate function of a deployment', () => {
  it('is called by the name of the deployment, and its answer is given on as it is', async () => {
    answer = { status: 200, headers: {}, body: '{"results":[],"more":1}' }
    expect(await ask()).toEqual({ results: [], more: 1 })
    expect(asked).toEqual(['/2015-03-31/functions/green-operate/invocations'])
  })

  it.each([
    ['status', 'green-view'],
    ['leaked', 'green-revoke'],
    // In every deployment an operator may, whether or not a consumer has a function for it.
    ['acknowledge', 'green-operate'],
    ['rollback', 'green-operate'],
    ['of tomorrow', 'green-operate'],
  ])('that is for %s is %s', async (action, name) => {
    answer = { status: 200, headers: {}, body: '{"results":[]}' }
    await askDeployment({ name: 'green', region: undefined, profile: undefined }, { action, secret: 'x' })
    expect(asked).toEqual([`/2015-03-31/functions/${name}/invocations`])
  })

  it('that reports an error keeps its code', async () => {
    answer = {
      status: 200,
      headers: { 'x-amz-function-error': 'Unhandled' },
      body: '{"errorType":"EVENT_INVALID","errorMessage":"field until"}',
    }
    await expect(ask()).rejects.toMatchObject({ code: 'EVENT_INVALID', message: 'field until' })
  })

  it.each(['{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out"}', 'null', '<html>'])(
    'that ends with %s may have done anything',
    async (body) => {
      answer = { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body }
      await expect(ask()).rejects.toMatchObject({
        code: 'NO_ANSWER',
        message: expect.stringContaining('nobody knows whether anything was done'),
      })
    },
  )

  it.each([
    [
      404,
      'ResourceNotFoundException',
      'NO_FUNCTION',
      /no function green-operate in ap-south-1.*--deployment/,
    ],
    [403, 'AccessDeniedException', 'NOT_ALLOWED', /lambda:InvokeFunction/],
    [403, 'ExpiredTokenException', 'CREDENTIALS', /Log in again/],
    [403, 'UnrecognizedClientException', 'CREDENTIALS', /Log in again/],
    [400, 'InvalidRequestContentException', 'NO_ANSWER', /InvalidRequestContentException: said the service/],
  ])('that Lambda answers for with %s %s is %s', async (status, type, code, says) => {
    answer = error(status, type)
    await expect(ask({ region: 'ap-south-1' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    })
  })

  it('is not asked without a Region', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_DEFAULT_REGION', undefined)
    await expect(ask()).rejects.toMatchObject({
      code: 'REGION',
      message: expect.stringContaining('--region'),
    })
    await expect(ask({ region: 'not a Region' })).rejects.toMatchObject({
      code: 'REGION',
      message: expect.stringMatching(/[^.]\. Name one with --region/),
    })
    expect(asked).toEqual([])
  })

  it('is not asked without credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    await expect(ask()).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('aws sso login'),
    })
    await expect(ask({ profile: 'nobody' })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('for the profile nobody'),
    })
    expect(asked).toEqual([])
  })

  it('that cannot be reached says where it was looked for', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', 'http://127.0.0.1:9')
    await expect(ask()).rejects.toMatchObject({
      code: 'NO_ANSWER',
      message: expect.stringContaining('green-operate did not answer'),
    })
  })
})

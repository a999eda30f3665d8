import { CreateAccessKeyCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fate } from '../../../sandbox/call-fates.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'
import { startSts } from '../../../sandbox/sts/server.ts'

/* What becomes of a call of IAM or STS, as a test decides it. */

const UserName = 'deployer'
const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' }
let iam: Iam
const clients: IAMClient[] = []

beforeEach(async () => {
  iam = await startIam()
  iam.seed({ name: UserName })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await iam.close()
})

/** `patience` in ms. */
function clientOf(maxAttempts: number, patience = 30_000): IAMClient {
  const client = new IAMClient({
    endpoint: iam.url,
    region: 'us-east-1',
    credentials,
    maxAttempts,
    requestHandler: { requestTimeout: patience, throwOnRequestTimeout: true },
  })
  clients.push(client)
  return client
}

const mint = (client: IAMClient) => client.send(new CreateAccessKeyCommand({ UserName }))

async function keys(): Promise<number> {
  const { AccessKeyMetadata = [] } = await clientOf(1).send(new ListAccessKeysCommand({ UserName }))
  return AccessKeyMetadata.length
}

describe('a call', () => {
  it.each<{ fate: Fate; made: number; told: object }>([
    { fate: 'lost before', made: 0, told: { code: 'ECONNRESET' } },
    { fate: 'lost after', made: 1, told: { code: 'ECONNRESET' } },
    { fate: 'failed before', made: 0, told: { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } } },
    { fate: 'failed after', made: 1, told: { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } } },
    { fate: 'refused', made: 0, told: { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } } },
    { fate: 'silent', made: 0, told: { name: 'TimeoutError' } },
  ])('that is $fate has made $made keys', async ({ fate, made, told }) => {
    iam.decideFates(({ action }) => (action === 'CreateAccessKey' ? fate : 'answered'))
    await expect(mint(clientOf(1, fate === 'silent' ? 500 : undefined))).rejects.toMatchObject(told)
    expect(await keys()).toBe(made)
  })

  it('whose answer is lost is made again by a client that has attempts left: two keys, one of them unknown', async () => {
    iam.decideFates(({ at }) => (at === 1 ? 'lost after' : 'answered'))
    await mint(clientOf(2))
    expect(await keys()).toBe(2)
  })

  it('that is refused is not', async () => {
    iam.decideFates(({ at }) => (at === 1 ? 'refused' : 'answered'))
    await expect(mint(clientOf(3))).rejects.toThrow('as the test wants it')
    expect(iam.calls()).toEqual({ CreateAccessKey: 1 })
  })

  it('is known by its action and its number, and waits for its fate', async () => {
    const heard: string[] = []
    let decide: (fate: Fate) => void = () => {}
    iam.decideFates(({ action, at }) => {
      heard.push(`${at} ${action}`)
      return action === 'CreateAccessKey' ? new Promise((resolve) => (decide = resolve)) : 'answered'
    })
    const minting = mint(clientOf(1))
    await expect.poll(() => heard).toEqual(['1 CreateAccessKey'])
    expect(await keys()).toBe(0)
    decide('answered')
    await minting
    expect(await keys()).toBe(1)
    expect(heard).toEqual(['1 CreateAccessKey', '2 ListAccessKeys', '3 ListAccessKeys'])
  })

  it('is answered as ever when nobody decides any more, and counted from one when somebody does again', async () => {
    iam.decideFates(() => 'refused')
    await expect(keys()).rejects.toThrow()
    iam.decideFates(undefined)
    expect(await keys()).toBe(0)
    const numbers: number[] = []
    iam.decideFates(({ at }) => {
      numbers.push(at)
      return 'answered'
    })
    await keys()
    expect(numbers).toEqual([1])
  })
})

it.each<{ fate: Fate; made: number }>([
  { fate: 'lost before', made: 0 },
  { fate: 'lost after', made: 1 },
])('a call that is $fate is told of after that, and before its caller can notice', async ({ fate, made }) => {
  const order: string[] = []
  const lost = new Promise<void>((resolve) =>
    iam.decideFates(
      ({ action }) => (action === 'CreateAccessKey' ? fate : 'answered'),
      ({ action }) => {
        order.push(`${action} is lost`)
        resolve()
      },
    ),
  )
  const minting = mint(clientOf(1)).catch(() => order.push('the caller knows'))
  await lost
  await minting
  expect(order).toEqual(['CreateAccessKey is lost', 'the caller knows'])
  expect(await keys()).toBe(made)
})

it('a call of STS has a fate of its own', async () => {
  const sts = await startSts({ iam })
  const client = new STSClient({ endpoint: sts.url, region: 'us-east-1', credentials, maxAttempts: 1 })
  sts.decideFates(() => 'failed before')
  await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InternalFailure',
  })
  expect(await keys()).toBe(0)
  client.destroy()
  await sts.close()
})

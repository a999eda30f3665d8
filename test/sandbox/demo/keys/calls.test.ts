import { IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callFailure } from '../../../../sandbox/demo/keys/call-failure.ts'
import { identityCall } from '../../../../sandbox/demo/keys/identity-call.ts'
import type { KeyedCall } from '../../../../sandbox/demo/keys/keyed-call.ts'
import { messageCall } from '../../../../sandbox/demo/keys/message-call.ts'
import { type Iam, startIam } from '../../../../sandbox/iam/server.ts'
import { createAccessKey } from '../../../../sandbox/keys.ts'
import { type Provider, startProvider } from '../../../../sandbox/provider/server.ts'
import { type Sts, startSts } from '../../../../sandbox/sts/server.ts'

const region = 'us-east-1'
const outcome = <Value>(keyed: KeyedCall<Value>, value: Value) =>
  keyed.call(value).then(() => 'served', callFailure)

describe('a call that is signed with an access key', () => {
  let iam: Iam
  let sts: Sts
  let keyed: ReturnType<typeof identityCall>

  beforeEach(async () => {
    iam = await startIam()
    iam.setPropagation([0])
    sts = await startSts({ iam })
    keyed = identityCall({ endpoint: sts.url, region })
  })
  afterEach(async () => {
    keyed.close()
    await Promise.all([iam.close(), sts.close()])
  })

  it('is served, also with the next key', async () => {
    const keys = ['one', 'two'].map((name) => createAccessKey(iam, name))
    for (const key of keys) expect(await outcome(keyed, key)).toBe('served')
  })

  it('is refused, and asked once, when the key is inactive, and when its secret is another', async () => {
    const key = createAccessKey(iam, 'deployer')
    const wrong = { ...key, secretAccessKey: 'x'.repeat(40) }
    expect(await outcome(identityCall({ endpoint: sts.url, region }), wrong)).toBe(
      'call refused (SignatureDoesNotMatch)',
    )
    const client = new IAMClient({
      endpoint: iam.url,
      region,
      credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    })
    await client.send(
      new UpdateAccessKeyCommand({ UserName: 'deployer', AccessKeyId: key.accessKeyId, Status: 'Inactive' }),
    )
    client.destroy()
    sts.resetCalls()
    expect(await outcome(keyed, key)).toBe('call refused (InvalidClientTokenId)')
    expect(sts.calls()).toEqual({ GetCallerIdentity: 1 })
  })

  it('counts as failed when AWS takes the caller for another user', async () => {
    const key = createAccessKey(iam, 'deployer')
    expect(await outcome(keyed, { ...key, userName: 'somebody' })).toBe('taken for another user')
  })

  it('counts as failed when nobody answers', async () => {
    const nowhere = identityCall({ endpoint: 'http://127.0.0.1:1', region })
    expect(await outcome(nowhere, createAccessKey(iam, 'deployer'))).toBe('connection lost')
  })
})

describe('a call with a key of the provider', () => {
  let provider: Provider
  let keyed: ReturnType<typeof messageCall>

  beforeEach(async () => {
    provider = await startProvider()
    keyed = messageCall(provider)
  })
  afterEach(async () => {
    keyed.close()
    await provider.close()
  })

  it('is served, and refused when the key is disabled, and when it is gone', async () => {
    const { id: keyId, key } = provider.seed({ name: 'newsletters' })
    expect(await outcome(keyed, { keyId, key })).toBe('served')
    provider.setActive(keyId, false)
    expect(await outcome(keyed, { keyId, key })).toBe('call refused (403)')
    provider.remove(keyId)
    expect(await outcome(keyed, { keyId, key })).toBe('call refused (401)')
  })

  it('is asked once, whatever becomes of it', async () => {
    const { id: keyId, key } = provider.seed({ name: 'newsletters' })
    provider.fail('send', { is: 'error' })
    expect(await outcome(keyed, { keyId, key })).toBe('call refused (500)')
    provider.fail('send', { is: 'lost' })
    expect(await outcome(keyed, { keyId, key })).toBe('connection lost')
    expect(provider.calls()).toHaveLength(2)
  })
})

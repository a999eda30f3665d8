import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { networks } from '../../../lambdas/adapters/http-api-key/addresses.ts'
import { httpApiKeyCodec } from '../../../lambdas/adapters/http-api-key/credential.ts'
import { ready } from '../../../lambdas/adapters/http-api-key/definitions/ready.ts'
import { httpClient } from '../../../lambdas/adapters/http-api-key/http-client.ts'
import { httpMinting } from '../../../lambdas/adapters/http-api-key/minting.ts'
import { endpointOf, httpKeyPlace } from '../../../lambdas/adapters/http-api-key/place.ts'
import { httpRevoking } from '../../../lambdas/adapters/http-api-key/revoking.ts'
import { validProvider } from '../../../lambdas/adapters/http-api-key/validation.ts'
import { adminSecret, cloudflare, type Documented, sendgrid } from './documented.ts'
import { type HttpsServer, serveHttps } from './https-server.ts'

let server: HttpsServer | undefined
afterEach(() => server?.close())

/** The ready definition, but for where the provider is. */
async function on(
  name: keyof typeof adminSecret,
  documented: Documented,
  given: Readonly<Record<string, string>>,
) {
  server = await serveHttps((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'https://localhost')
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    void text(request).then((sent) => {
      const body = JSON.parse(sent === '' ? '{}' : sent)
      const answer = documented.answer({ method: request.method ?? '', path, query, token, body })
      response.writeHead(answer.status).end(answer.body === undefined ? '' : JSON.stringify(answer.body))
    })
  })
  const host = `localhost:${server.port}`
  const provider = validProvider({ ...ready[name], hosts: [host], origin: `https://${host}` }, given)
  const options = {
    provider,
    exchange: httpClient({ allowed: networks(['127.0.0.1/32', '::1/128']), ca: server.ca, bytes: 100_000 }),
    pace: { take: () => 0 },
    now: Date.now,
    sleep: async () => {},
    remaining: () => 60_000,
    secretArn: 'arn:ours',
    adminSecretArn: 'arn:admin',
    admins: { read: async () => adminSecret[name], forget: () => {} },
  }
  const codec = httpApiKeyCodec({
    provider: name,
    endpoint: endpointOf(provider),
    begins: provider.key.begins,
  })
  return {
    place: { ...httpKeyPlace(options), ...httpMinting(options), ...httpRevoking(options) },
    parse: (key: { keyId: string; key: string }) => codec.parse(JSON.stringify(key)),
  }
}

describe('SendGrid, as its documentation says', () => {
  it.each([
    ['as documented', false],
    ['as others read it', true],
  ])(
    'makes a key with the scopes of the current one, described %s, which is listed by its name, works and is deleted',
    async (_what, flat) => {
      const documented = sendgrid({ flat })
      const { place, parse } = await on('sendgrid', documented, {})
      const current = parse(documented.byHand(['mail.send', 'alerts.read']))
      const versionId = randomUUID()
      const made = await place.mint(current, versionId)
      expect(parse(made)).toMatchObject({ keyId: made.keyId })
      expect(await place.whoami(made)).toEqual(await place.whoami(current))
      expect(await place.whoami(made)).toMatchObject({
        answer: 'accepted',
        rights: '["alerts.read","mail.send"]',
      })
      expect(await place.keys()).toMatchObject([
        { id: current.keyId, record: undefined, created: undefined, active: true },
        { id: made.keyId, record: { versionId, state: 'live' }, created: expect.any(Number) },
      ])
      expect([place.disables, await place.lastUse(current, current.keyId)]).toEqual([
        false,
        { known: 'nothing' },
      ])
      await place.remove(current, current.keyId)
      await place.remove(current, current.keyId)
      expect(await place.whoami(current)).toEqual({ answer: 'unknown' })
      expect((await place.keys()).map(({ id }) => id)).toEqual([made.keyId])
    },
  )
})

describe('SendGrid with as many keys as it allows', () => {
  it('lists all of them, and says that this may be why it makes no more', async () => {
    const documented = sendgrid()
    const keys = Array.from({ length: 100 }, () => documented.byHand(['mail.send']))
    const { place, parse } = await on('sendgrid', documented, {})
    expect((await place.keys()).map(({ id }) => id)).toEqual(keys.map(({ keyId }) => keyId))
    const [first] = keys as [(typeof keys)[number]]
    await expect(place.mint(parse(first), randomUUID())).rejects.toThrow(
      '403. Perhaps the admin secret lacks the right to do that, or the account has as many keys as it may have',
    )
  })
})

describe('Cloudflare, as its documentation says', () => {
  const account = '023e105f4ecef8ad9ca31a8372d0c353'
  const policies = [
    { id: 'p1', effect: 'allow', permission_groups: [{ id: 'g1' }], resources: { zone: '*' } },
  ]

  it('makes a token with the policies of the current one, disables, enables and deletes it, and tells of its use', async () => {
    const documented = cloudflare(account)
    const { place, parse } = await on('cloudflare', documented, { account })
    const current = parse(documented.byHand(policies))
    const versionId = randomUUID()
    expect(await place.lastUse(current, current.keyId)).toEqual({ known: 'nothing' })
    const made = await place.mint(current, versionId)
    expect(await place.whoami(made)).toEqual(await place.whoami(current))
    expect(await place.lastUse(made, made.keyId)).toMatchObject({ known: 'used', at: expect.any(Number) })
    await place.deactivate(made, made.keyId)
    expect(await place.whoami(made)).toEqual({ answer: 'unknown' })
    expect(await place.keys()).toMatchObject([
      { id: current.keyId, active: true, record: undefined },
      { id: made.keyId, active: false, record: { versionId, state: 'disabled' } },
    ])
    await place.activate(made, made.keyId)
    expect(await place.whoami(made)).toMatchObject({ answer: 'accepted' })
    const found = documented.answer({
      ...{
        method: 'GET',
        path: `/client/v4/accounts/${account}/tokens/${made.keyId}`,
        query: new URLSearchParams(),
      },
      ...{ token: 'admin-token', body: {} },
    })
    expect(found.body).toMatchObject({ result: { policies, name: expect.stringContaining(versionId) } })
    await place.remove(made, made.keyId)
    await place.remove(made, made.keyId)
    expect((await place.keys()).map(({ id }) => id)).toEqual([current.keyId])
  })

  it('is read to its last page', async () => {
    const documented = cloudflare(account)
    const { place } = await on('cloudflare', documented, { account })
    const ids = Array.from({ length: 101 }, () => documented.byHand(policies).keyId)
    expect((await place.keys()).map(({ id }) => id)).toEqual(ids)
  })
})

import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { networks } from '../../../lambdas/adapters/http-api-key/addresses.ts'
import { type HttpRequest, httpClient } from '../../../lambdas/adapters/http-api-key/http-client.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { type HttpsServer, resolving, serveHttps, serveTls } from './https-server.ts'

const servers: HttpsServer[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const served = async (answer: RequestListener) => {
  const server = await serveHttps(answer)
  servers.push(server)
  return server
}

const secrets = { header: 'CANARY-HEADER', body: 'CANARY-BODY', answer: 'CANARY-ANSWER' }

interface Asked {
  readonly milliseconds?: number
  readonly host?: string
  readonly ca?: string | undefined
  readonly allowed?: readonly string[]
  readonly lookup?: typeof import('node:dns').lookup
}

/** Sends secrets, and looks that no error holds any of them. */
async function ask(server: HttpsServer, asked: Asked = {}) {
  const { milliseconds = 5_000, host = 'localhost', allowed = ['127.0.0.1/32', '::1/128'], lookup } = asked
  const exchange = httpClient({
    allowed: networks(allowed),
    ca: 'ca' in asked ? asked.ca : server.ca,
    bytes: 1_000,
    ...(lookup === undefined ? {} : { lookup }),
  })
  const request: HttpRequest = {
    method: 'POST',
    url: new URL(`https://${host}:${server.port}/keys?x=1`),
    headers: { authorization: `Bearer ${secrets.header}` },
    body: JSON.stringify({ secret: secrets.body }),
  }
  try {
    return await exchange(request, milliseconds)
  } catch (error) {
    expect(error).toBeInstanceOf(OverlapError)
    const { message, stack, cause, detail } = error as OverlapError
    expect(JSON.stringify([message, stack, detail, `${cause}`])).not.toContain('CANARY')
    throw error
  }
}

const refusal = (code: string, why: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(why) })

describe('what is asked of a provider', () => {
  it('is sent once over TLS, and the answer comes with its status', async () => {
    const heard: unknown[] = []
    const server = await served((request, response) => {
      let body = ''
      request.on('data', (part) => (body += part))
      request.on('end', () => {
        const { method, url, headers } = request
        heard.push({
          method,
          url,
          body,
          authorization: headers.authorization,
          encoding: headers['accept-encoding'],
        })
        response.writeHead(429, { 'retry-after': '7' }).end('{"a":1}')
      })
    })
    expect(await ask(server)).toEqual({ status: 429, retryAfter: '7', text: '{"a":1}' })
    expect(heard).toEqual([
      {
        method: 'POST',
        url: '/keys?x=1',
        body: `{"secret":"${secrets.body}"}`,
        authorization: `Bearer ${secrets.header}`,
        encoding: 'identity',
      },
    ])
  })

  it.each<[string, RequestListener, string, string]>([
    [
      'redirects to another host',
      (_request, response) => response.writeHead(302, { location: `https://evil/${secrets.answer}` }).end(),
      'PROVIDER_ANSWER_INVALID',
      'redirects (302)',
    ],
    [
      'redirects to itself',
      (_request, response) => response.writeHead(308, { location: '/keys' }).end(),
      'PROVIDER_ANSWER_INVALID',
      'redirects (308)',
    ],
    [
      'is not modified',
      (_request, response) => response.writeHead(304).end(),
      'PROVIDER_ANSWER_INVALID',
      'redirects (304)',
    ],
    [
      'is longer than the limit, as it says',
      (_request, response) =>
        response.writeHead(200, { 'content-length': 5_000 }).end(secrets.answer.padEnd(5_000)),
      'PROVIDER_ANSWER_INVALID',
      'longer than 1000 bytes',
    ],
    [
      'never ends',
      (_request, response) => {
        const more = (): void =>
          void response.write(secrets.answer.repeat(50), (error) => error || setImmediate(more))
        more()
      },
      'PROVIDER_ANSWER_INVALID',
      'longer than 1000 bytes',
    ],
    [
      'has fewer bytes than it announces',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 500 })
        response.write(`{"key":"${secrets.answer}`, () => response.destroy())
      },
      'PROVIDER_ANSWER_INVALID',
      'breaks off',
    ],
    [
      'breaks off between two chunks',
      (_request, response) => void response.write(`{"key":"${secrets.answer}"}`, () => response.destroy()),
      'PROVIDER_ANSWER_INVALID',
      'breaks off',
    ],
    [
      'is compressed',
      (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(secrets.answer),
      'PROVIDER_ANSWER_INVALID',
      'is compressed',
    ],
    [
      'has headers without an end',
      (_request, response) => response.writeHead(200, { 'x-long': secrets.answer.repeat(5_000) }).end(),
      'PROVIDER_ANSWER_INVALID',
      'is not HTTP (HPE_HEADER_OVERFLOW)',
    ],
    [
      'changes the protocol',
      (request) =>
        request.socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      'PROVIDER_ANSWER_INVALID',
      'changes the protocol',
    ],
    ['is none: the connection ends', (request) => request.socket.destroy(), 'UNREACHABLE', 'ECONNRESET'],
  ])('is an error when the answer %s', async (_what, answer, code, why) => {
    const server = await served(answer)
    await expect(ask(server)).rejects.toEqual(refusal(code, why))
    expect(server.connections()).toBe(1)
  })

  it('is an error when the answer is not HTTP', async () => {
    const server = await serveTls(
      (socket) => void socket.once('data', () => socket.end(`${secrets.answer}\r\n\r\n`)),
    )
    servers.push(server)
    await expect(ask(server)).rejects.toEqual(refusal('PROVIDER_ANSWER_INVALID', 'is not HTTP'))
  })

  it.each<[string, RequestListener]>([
    ['never comes', () => {}],
    [
      'comes byte by byte',
      (_request, response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])('has an end when the answer %s', async (_what, answer) => {
    const server = await served(answer)
    await expect(ask(server, { milliseconds: 400 })).rejects.toEqual(
      refusal('UNREACHABLE', 'did not answer within 400 ms'),
    )
  })

  it('has an end when the name is never resolved', async () => {
    const server = await served(() => {})
    const lookup = (() => {}) as unknown as typeof import('node:dns').lookup
    await expect(ask(server, { milliseconds: 50, lookup })).rejects.toEqual(
      refusal('UNREACHABLE', 'within 50 ms'),
    )
  })

  it('is an error when nobody listens', async () => {
    const server = await served(() => {})
    await server.close()
    await expect(ask(server)).rejects.toEqual(refusal('UNREACHABLE', 'ECONNREFUSED'))
  })

  it('verifies the certificate, whatever the environment says', async () => {
    const server = await served((_request, response) => response.end('{}'))
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await expect(ask(server, { ca: undefined })).rejects.toEqual(refusal('TLS_FAILED', 'TLS to localhost'))
    const other = await served(() => {})
    await expect(ask(server, { ca: other.ca })).rejects.toEqual(
      refusal('TLS_FAILED', 'could not be established or verified'),
    )
    const named = { host: 'provider.example', lookup: resolving(['127.0.0.1']).lookup }
    await expect(ask(server, named)).rejects.toEqual(refusal('TLS_FAILED', 'provider.example'))
  })
})

describe('what cannot be sent', () => {
  it('is told without what it holds', async () => {
    const server = await served((_request, response) => response.end('{}'))
    const exchange = httpClient({ allowed: networks(['127.0.0.1/32']), ca: server.ca, bytes: 1_000 })
    const url = new URL(`https://localhost:${server.port}/`)
    const error = await exchange(
      { method: 'GET', url, headers: { 'x-a': `${secrets.header}\n` } },
      5_000,
    ).then(
      () => expect.unreachable('it was to fail'),
      (thrown) => thrown,
    )
    expect(error).toEqual(refusal('PROVIDER_FAILED', 'Nothing was sent'))
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('CANARY')
    expect(server.connections()).toBe(0)
  })

  it('is an error of TLS where the authority is none', async () => {
    const server = await served((_request, response) => response.end('{}'))
    const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    await expect(ask(server, { ca })).rejects.toEqual(refusal('TLS_FAILED', 'TLS to localhost'))
  })
})

describe('where a provider’s name leads', () => {
  const refused = refusal('TARGET_NOT_ALLOWED', 'not public. Nothing was sent')

  it.each([
    ['this machine', ['127.0.0.1']],
    ['a private network', ['10.0.0.5']],
    ['the metadata of this host', ['169.254.169.254']],
    ['this machine, mapped', ['::ffff:127.0.0.1']],
    ['this machine beside a public address', ['93.184.215.14', '127.0.0.1']],
    ['a public address before this machine', ['2606:4700::1111', '::1']],
    ['nowhere', []],
  ])('is refused for %s', async (_what, addresses) => {
    const server = await served((_request, response) => response.end('{}'))
    const { lookup } = resolving(addresses)
    await expect(ask(server, { allowed: [], lookup })).rejects.toEqual(refused)
    expect(server.connections()).toBe(0)
  })

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '2130706433', '0x7f.1'])(
    'is refused for the address %s, which nobody resolves',
    async (host) => {
      const server = await served((_request, response) => response.end('{}'))
      await expect(ask(server, { allowed: [], host })).rejects.toEqual(refused)
      expect(server.connections()).toBe(0)
    },
  )

  it('is resolved once, and the connection goes to the very address that was looked at', async () => {
    const server = await served((_request, response) => response.end('{}'))
    // Whoever resolved it once more would come to an address that was never looked at.
    const { lookup, asked } = resolving(['127.0.0.1'], ['127.0.0.2'])
    expect((await ask(server, { lookup, allowed: ['127.0.0.1/32'] })).status).toBe(200)
    expect(asked()).toBe(1)
    await expect(ask(server, { lookup, allowed: ['127.0.0.1/32'] })).rejects.toEqual(refused)
    expect(server.connections()).toBe(1)
  })

  it('may be a network that the definition names', async () => {
    const server = await served((_request, response) => response.end('{}'))
    expect(
      (await ask(server, { allowed: ['127.0.0.0/8'], lookup: resolving(['127.0.0.1']).lookup })).status,
    ).toBe(200)
  })
})

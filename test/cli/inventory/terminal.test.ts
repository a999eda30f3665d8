import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ListSecretsCommandOutput, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { printInventory } from '../../../cli/inventory/print.ts'
import type { Format } from '../../../cli/inventory/wanted.ts'

/* Both outputs in one terminal, before a Secrets Manager that is slow. */

/** Longer than a status line takes to be drawn. */
const SLOWNESS_MS = 500
const names = ['first', 'second', 'third']

let server: Server
beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString()
    const isListing = String(incoming.headers['x-amz-target']).endsWith('.ListSecrets')
    if (isListing) await sleep(SLOWNESS_MS)
    const page = Number(JSON.parse(body || '{}').NextToken ?? 0)
    response.writeHead(isListing ? 200 : 404, {
      'content-type': 'application/x-amz-json-1.1',
      ...(isListing ? {} : { 'x-amzn-errortype': 'ResourceNotFoundException' }),
    })
    response.end(JSON.stringify(isListing ? pageOf(page) : { message: 'no such function' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())
beforeEach(() => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ENDPOINT_URL_LAMBDA: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    TERM: 'xterm',
  }))
    vi.stubEnv(name, value)
})
afterEach(() => vi.unstubAllEnvs())

interface Dates {
  readonly CreatedDate: number
  readonly LastChangedDate: number
}

type Wire = Pick<ListSecretsCommandOutput, 'NextToken'> & {
  readonly SecretList: readonly (Omit<SecretListEntry, keyof Dates> & Dates)[]
}

/** Dates are seconds on the wire. */
function pageOf(page: number): Wire {
  const name = names[page] ?? ''
  const createdAt = Date.now() / 1000
  const secret = {
    ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`,
    Name: name,
    CreatedDate: createdAt,
    LastChangedDate: createdAt,
    SecretVersionsToStages: { '00000000-0000-0000-0000-000000000000': ['AWSCURRENT'] },
  }
  return {
    SecretList: [secret],
    ...(page + 1 < names.length ? { NextToken: String(page + 1) } : {}),
  }
}

async function printed(format: Format, columns: number) {
  const written: string[] = []
  const out = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk))
        done()
      },
    }),
    { isTTY: true, columns },
  )
  const err = { isTTY: true, columns, write: (text: string) => written.push(text), on: () => {} }
  const wanted = {
    deployment: { name: 'overlap', region: undefined, profile: undefined },
    named: false,
    format,
    html: undefined,
    owner: undefined,
    states: [],
    accessKeys: false,
    exact: false,
    ownerTag: undefined,
  }
  const status = await printInventory(wanted, { out, err, now: Date.now() })
  const text = written.join('')
  const lines = text.split('\n').map((line) => line.split('\r\u001b[2K').at(-1) ?? '')
  return { status, text, lines }
}

describe('in a terminal', () => {
  it('what streams never mixes with the status line, which was there while there was nothing to print', async () => {
    const { status, text, lines } = await printed('json', 80)
    expect(status).toBe(0)
    expect(text).toContain('\r\u001b[2Kinventory: listed 0')
    expect(text).toContain('\r\u001b[2Kinventory: listed 2')
    expect(lines.pop()).toBe('')
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(names)
  })

  it.each([80, 200])('a table of %i columns comes after it', async (columns) => {
    const { lines } = await printed('table', columns)
    expect(lines[0]).toMatch(/^STATE +AGE +OWNER +NAME/)
    expect(Math.max(...lines.slice(0, -3).map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines.slice(-3)[0]).toBe('3 secrets: 3 fresh, 3 unowned, 3 unmanaged')
    expect(lines.at(-1)).toBe('')
  })
})

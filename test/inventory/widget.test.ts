import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../infra/bundling.ts'
import { seedCompany } from '../../sandbox/company.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'

const region = 'eu-central-1'
const source = fileURLToPath(new URL('../../lambdas/handlers/inventory.ts', import.meta.url))
let folder: string
let secretsManager: SecretsManager
let host: LambdaHost
let secrets: number

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-widget-'))
  host = await startLambdaHost({ region })
  secretsManager = await startSecretsManager({ region, functions: host })
  const place = { now: Date.now(), region, accountId: '123456789012' }
  secrets = seedCompany(
    { secretsManager, iam: { seed: () => ({ arn: '', accessKeyIds: [] }) } },
    place,
  ).secrets
  const { file: bundle } = await bundleHandler(source, folder)
  host.register({
    name: 'overlap-inventory',
    bundle,
    handler: 'index.handler',
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      OVERLAP_FUNCTIONS: '[]',
      OVERLAP_STALE_WARNING: '75d',
      OVERLAP_STALE_CRITICAL: '90d',
    },
    timeoutSeconds: 30,
    memoryMb: 256,
  })
})
afterAll(async () => {
  await host?.close()
  await secretsManager?.close()
  await rm(folder, { recursive: true, force: true })
})

async function drawn(event: object): Promise<string> {
  const outcome = await host.invoke('overlap-inventory', event)
  if (!outcome.ok) throw new Error(outcome.errorMessage)
  return outcome.payload as string
}

describe('the inventory function, as it is deployed', () => {
  it('draws the list of what is stale, without reading a value or changing anything', async () => {
    const html = await drawn({ view: 'stale', widgetContext: { theme: 'dark' } })
    expect(html).toContain('<div class="overlap dark">')
    expect(html).toContain(`of ${secrets} secrets`)
    expect(html).toMatch(
      /<bdi>legacy\/ftp<\/bdi>.*<td>\d{4} days<\/td><td>never rotated, stale, unowned, unmanaged<\/td>/,
    )
    expect(html).toContain(`endpoint="${host.arn('overlap-inventory')}`)
    expect(html).not.toContain('<script')
    expect(Object.keys(secretsManager.calls()).sort()).toEqual(['ListSecretVersionIds', 'ListSecrets'])
  })

  it('asks for no age again while it is warm', async () => {
    await drawn({ view: 'stale' })
    const before = secretsManager.calls().ListSecretVersionIds
    await drawn({ view: 'rotations', sort: 'name' })
    expect(secretsManager.calls().ListSecretVersionIds).toBe(before)
  })

  it('answers what it does not understand with something to read', async () => {
    expect(await drawn({ view: 'nothing' })).toContain(
      '<b>EVENT_INVALID</b>: view must be one of stale, rotations, drains',
    )
    expect(await drawn({ describe: true })).toMatch(/^## Overlap/)
  })
})

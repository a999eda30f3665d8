import { IAMClient } from '@aws-sdk/client-iam'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it } from 'vitest'
import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import { secretList } from '../../lambdas/aws/secret-list.ts'
import { versionDates } from '../../lambdas/aws/version-dates.ts'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { accessKeyEntries, type Judging, secretEntries } from '../../lambdas/inventory/gather.ts'
import { isOursAmong } from '../../lambdas/inventory/ours.ts'
import { type Iam, startIam } from '../../sandbox/iam/server.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { DAY } from './account.ts'

const NOW = Date.now()
const daysBefore = (days: number) => NOW - days * DAY
const signal = () => AbortSignal.timeout(30_000)
const unheard = (refusal: Error) => {
  throw refusal
}
const judging: Judging = {
  now: NOW,
  region: 'us-east-1',
  thresholds: DEFAULT_THRESHOLDS,
  deployment: undefined,
  isOurs: isOursAmong(undefined),
  ownerTags: [],
  exact: false,
}
const noFunctions = {
  exists: () => false,
  invoke: () => Promise.reject(new Error('nothing is rotated here')),
}
const running: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const service of running.splice(0)) await service.close()
})

function started<T extends SecretsManager | Iam>(service: T) {
  running.push(service)
  const settings = {
    endpoint: service.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 6,
  }
  return { service, settings }
}

async function all(entries: AsyncIterable<Entry>): Promise<readonly Entry[]> {
  const found: Entry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

describe('an account on loopback', () => {
  it('is listed with a call for a hundred secrets and one for each that is in doubt, and no value is read', async () => {
    const { service, settings } = started(await startSecretsManager({ functions: noFunctions }))
    const sizes = { inDoubt: 30, stale: 100, original: 120 }
    const versions = (current: number) => [
      { labels: ['AWSPREVIOUS'], created: daysBefore(200) },
      { labels: ['AWSCURRENT'], created: daysBefore(current) },
    ]
    for (let at = 0; at < sizes.inDoubt; at++)
      service.seed({
        name: `doubt/${at}`,
        secretString: '{}',
        created: daysBefore(200),
        versions: versions(80),
        changed: daysBefore(1),
      })
    for (let at = 0; at < sizes.stale; at++)
      service.seed({
        name: `stale/${at}`,
        secretString: '{}',
        created: daysBefore(200),
        versions: versions(120),
        changed: daysBefore(100),
      })
    for (let at = 0; at < sizes.original; at++)
      service.seed({
        name: `original/${at}`,
        secretString: '{}',
        created: daysBefore(76),
        tags: { team: 'shop' },
      })
    const client = new SecretsManagerClient(settings)
    service.resetCalls()
    const entries = await all(
      secretEntries(
        {
          secrets: () => secretList(client, signal),
          createdDates: (arn) => versionDates(client, arn, 'labelled', signal),
        },
        judging,
      ),
    )
    client.destroy()
    const told = (prefix: string) => [
      ...new Set(
        entries
          .filter(({ name }) => name.startsWith(prefix))
          .map(({ age, states, owner }) => [age?.precision, owner, ...states].join(' ')),
      ),
    ]
    expect(entries).toHaveLength(250)
    expect(told('doubt/')).toEqual(['exact  DUE UNOWNED UNMANAGED'])
    expect(told('stale/')).toEqual(['at least  STALE UNOWNED UNMANAGED'])
    expect(told('original/')).toEqual(['exact shop NEVER_ROTATED DUE UNMANAGED'])
    expect(service.calls()).toEqual({ ListSecrets: 3, ListSecretVersionIds: sizes.inDoubt })
  })

  it('that throttles every third call is listed all the same, by a client that tries again', async () => {
    const { service, settings } = started(await startSecretsManager({ functions: noFunctions }))
    for (let at = 0; at < 12; at++)
      service.seed({
        name: `s/${at}`,
        secretString: '{}',
        created: daysBefore(200),
        versions: [
          { labels: ['AWSPREVIOUS'], created: daysBefore(200) },
          { labels: ['AWSCURRENT'], created: daysBefore(3) },
        ],
      })
    service.throttle('ListSecretVersionIds', 3)
    const client = new SecretsManagerClient(settings)
    const entries = await all(
      secretEntries(
        {
          secrets: () => secretList(client, signal),
          createdDates: (arn) => versionDates(client, arn, 'labelled', signal),
        },
        judging,
      ),
    )
    client.destroy()
    expect(entries.map(({ states }) => states[0])).toEqual(Array.from({ length: 12 }, () => 'FRESH'))
    expect(service.calls().ListSecretVersionIds).toBeGreaterThan(12)
  })

  it('has its access keys listed, with the names that IAM allows', async () => {
    const { service, settings } = started(await startIam())
    service.seed({
      name: '=cmd@x',
      tags: { Owner: '=1+1' },
      created: daysBefore(400),
      accessKeys: [{ created: daysBefore(100) }],
    })
    service.seed({ name: 'idle' })
    service.seed({
      name: 'two',
      created: daysBefore(80),
      accessKeys: [{ active: false }, { created: daysBefore(2) }],
    })
    service.throttle('ListAccessKeys', 2)
    const client = new IAMClient(settings)
    const entries = await all(
      accessKeyEntries({ accessKeys: () => accessKeys(client, unheard, signal) }, judging),
    )
    client.destroy()
    const lastUsed = (at: number) => `aws iam get-access-key-last-used --access-key-id=${entries[at]?.id}`
    expect(entries.map(({ name, owner, states, path }) => [name, owner, states.join(' '), path.run])).toEqual(
      [
        ['=cmd@x', '=1+1', 'STALE UNMANAGED', lastUsed(0)],
        ['two', undefined, 'DISABLED UNOWNED UNMANAGED', lastUsed(1)],
        ['two', undefined, 'FRESH UNOWNED UNMANAGED', lastUsed(2)],
      ],
    )
    expect(service.calls()).toMatchObject({ ListUsers: 1, ListUserTags: 2 })
  })

  it('has users who go while others are listed', async () => {
    const { service, settings } = started(await startIam())
    service.seed({ name: 'alice', accessKeys: [{}] })
    const client = new IAMClient(settings)
    // Between the two calls the user of the first answer is another one.
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const isFirst = commandName === 'ListAccessKeysCommand'
          return next(isFirst ? { ...args, input: { ...args.input, UserName: 'gone' } } : args)
        },
      { step: 'initialize' },
    )
    expect(
      await all(accessKeyEntries({ accessKeys: () => accessKeys(client, unheard, signal) }, judging)),
    ).toEqual([])
    client.destroy()
  })
})

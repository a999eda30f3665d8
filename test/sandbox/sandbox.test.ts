import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from './program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(() => sandbox.stop())

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

describe('the sandbox', () => {
  it('is deployed without waking anybody: alarms say that they have begun, and that all is well', () => {
    const subjects = sandbox.notifications.messages().map(({ subject = '' }) => subject)
    expect(subjects.length).toBeGreaterThan(0)
    expect(subjects.filter((subject) => !subject.startsWith('OK: "overlap-'))).toEqual([])
  })

  it('holds a secret in the structure that AWS documents, with its rotation configured and nothing rotated yet', async () => {
    const { client, postgres, secret, adminSecret } = sandbox
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'shop/app' }))
    const described = await client.send(new DescribeSecretCommand({ SecretId: secret }))

    expect(JSON.parse(SecretString ?? '')).toEqual({
      engine: 'postgres',
      host: 'localhost',
      port: postgres.port,
      dbname: 'shop',
      username: 'app',
      password: expect.any(String),
      masterarn: adminSecret,
    })
    expect(described.RotationEnabled).toBe(true)
    expect(described.LastRotatedDate).toBeUndefined()
    expect(described.Tags).toContainEqual({ Key: 'overlap:mode', Value: 'enforce' })
    expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']])
  })

  it('has made the new user of its configuration, whose secret opens the database', async () => {
    const { client, outputs, postgres } = sandbox
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'shop/reports' }))
    const { username: user, password } = JSON.parse(SecretString ?? '')

    const rows = await postgres.query('SELECT current_user AS me', [], { user, password, database: 'shop' })

    expect(rows).toEqual([{ me: 'reports' }])
    expect(outputs.map(({ value }) => value)).toEqual(['ready', 'ready', 'ready', 'ready'])
  })

  it('has a dashboard, of which every list is drawn by a function that answers with a page', async () => {
    const { cloudwatch, lambda, region } = sandbox
    const [dashboard] = cloudwatch.dashboards()
    const custom = dashboard?.widgets.filter(({ type }) => type === 'custom') ?? []
    expect(dashboard?.name).toBe(`overlap-${region}`)
    expect(custom.map(({ properties }) => properties.title)).toHaveLength(3)
    for (const { properties } of custom) {
      const drawn = await lambda.invoke(String(properties.endpoint), {
        ...(properties.params as object),
        widgetContext: { dashboardName: dashboard?.name, theme: 'light' },
      })
      expect(drawn).toMatchObject({ ok: true, payload: expect.stringMatching(/<\w/) })
      expect(JSON.stringify(drawn)).not.toMatch(/UNEXPECTED|_INVALID|DENIED/)
    }
    expect(custom.map(({ properties }) => properties.endpoint)).toEqual(
      Array(3).fill(lambda.arn('overlap-inventory')),
    )
  })

  it('refuses an application whose preflight finds something, and says what', async () => {
    const tags = { 'overlap:strategy': 'single-user' }

    await expect(sandbox.addApplication({ secretId: 'shop/swap', username: 'swap', tags })).rejects.toThrow(
      'FAILED_LOGINS_NOT_ACCEPTED',
    )
  })

  it('has the floor of its configuration until that is taken away for a control, and nothing else with it', () => {
    const variables = () =>
      sandbox.lambda
        .definitions()
        .flatMap(({ name, environment }) =>
          Object.entries(environment).map(([variable, value]) => `${name} ${variable}=${value}`),
        )
    const before = variables()
    expect(before).toContain('overlap-sweep OVERLAP_DRAIN_FLOOR=1h')

    sandbox.takeAwayDrainFloor()

    const changed = variables().filter((variable) => !before.includes(variable))
    expect(changed.toSorted()).toEqual(
      ['inventory', 'operate', 'revoke', 'sweep', 'view'].map(
        (part) => `overlap-${part} OVERLAP_DRAIN_FLOOR=0s`,
      ),
    )
  })

  it('never writes a password into the log of a server or a function', async () => {
    const { client, lambda, postgres, adminSecret, secret } = sandbox
    const values = await Promise.all(
      [adminSecret, secret, 'shop/reports'].map((SecretId) =>
        client.send(new GetSecretValueCommand({ SecretId })),
      ),
    )
    const names = lambda.definitions().map(({ name }) => name)
    const logs = [await postgres.logs(), ...names.flatMap((name) => lambda.logs(name))].join('\n')
    expect(names).toContain('overlap-rotate-postgres-loopback')

    expect(logs).toContain('CREATE ROLE "app"')
    for (const { SecretString } of values) expect(logs).not.toContain(JSON.parse(SecretString ?? '').password)
  })

  it('publishes what each server logs, by its own clock', async () => {
    const { cloudwatch, clock, postgres } = sandbox
    const logs = new CloudWatchLogsClient({
      endpoint: cloudwatch.url,
      region: sandbox.region,
      credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    })
    clock.advance(60_000)
    const from = clock.now()
    await postgres.query('SELECT 1')
    await postgres.replica?.query('SELECT 1')
    for (const instance of ['shop', 'shop-replica']) {
      const { events } = await logs.send(
        new FilterLogEventsCommand({
          logGroupName: `/aws/rds/instance/${instance}/postgresql`,
          filterPattern: '?"connection authorized: user=postgres"',
          startTime: from,
          endTime: clock.now(),
        }),
      )
      expect(events).toEqual([expect.objectContaining({ logStreamName: `${instance}.0` })])
    }
    logs.destroy()
  })

  it('ends every process when it is stopped, and may be stopped again', async () => {
    const { lambda, postgres, endpoint } = sandbox
    const pids = [
      postgres.pid,
      ...['overlap-rotate-postgres-loopback', 'overlap-sweep'].flatMap((name) => lambda.pids(name)),
    ]
    expect(pids.length).toBeGreaterThanOrEqual(3)
    expect(pids.filter(isGone)).toEqual([])

    await sandbox.stop()
    await sandbox.stop()

    await eventually('every process to end', () => pids.every(isGone))
    await expect(fetch(endpoint)).rejects.toThrow()
  })
})

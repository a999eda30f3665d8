import { randomBytes } from 'node:crypto'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../../sandbox/clock.ts'
import { canaries, type Place } from '../canary.ts'
import { iamKeeper } from './iam.ts'
import { bundlesInFolder, type KeyLane, startKeyLane } from './lane.ts'
import { providerKeeper } from './provider.ts'
import { type KeySubject, startKeySubject } from './subject.ts'

const bundled = bundlesInFolder(['iam-access-key', 'http-api-key'])
afterAll(bundled.remove)

/** As long as IAM's are, and such as a header can hold. */
const newSecret = () => randomBytes(30).toString('base64')

describe.each([
  { who: 'IAM', keeperBy: iamKeeper, field: 'secretAccessKey', mints: 'CreateAccessKey' },
  {
    who: 'a provider',
    keeperBy: (clock: Clock) => providerKeeper(clock),
    field: 'key',
    mints: 'create',
  },
])('rotations of a key of $who that succeed and that fail in many ways', ({ keeperBy, field, mints }) => {
  let lane: KeyLane
  const places: Place[] = []
  const secrets = new Set<string>()
  beforeAll(async () => {
    lane = await startKeyLane(await bundled.files, keeperBy)
    for (const text of Object.values(lane.keeper.admin ?? {})) secrets.add(text)
  })
  afterAll(() => lane?.close())

  /** Everything that the service would show, and every key that was in it. */
  async function lookAt({ secretId }: KeySubject): Promise<void> {
    const { client } = lane
    const SecretId = secretId
    const described = await client.send(new DescribeSecretCommand({ SecretId }))
    const rotations = lane.secretsManager.rotations(secretId)
    places.push({ name: 'what the service shows', text: JSON.stringify([described, rotations]) })
    const { Versions = [] } = await client.send(
      new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true, MaxResults: 100 }),
    )
    for (const { VersionId } of Versions) {
      const { SecretString = '' } = await client
        .send(new GetSecretValueCommand({ SecretId, VersionId }))
        .catch((error: Error) => {
          // A rotation that was refused leaves a version without a value.
          if (error.name === 'ResourceNotFoundException') return { SecretString: '' }
          throw error
        })
      const key = new RegExp(`"${field}":"([^"]+)"`).exec(SecretString)?.[1]
      if (key !== undefined) secrets.add(key)
    }
  }

  const ended = async (subject: KeySubject) => {
    const record = await subject.rotate()
    await lookAt(subject)
    return record.errorType ?? record.outcome
  }
  const stored = (SecretId: string, value: string) =>
    lane.client.send(new PutSecretValueCommand({ SecretId, SecretString: value }))

  it('end as they should', async () => {
    const good = await startKeySubject(lane)
    const first = await good.current()
    expect(await ended(good)).toBe('succeeded')
    await good.endDrain(first)
    expect(await ended(good)).toBe('succeeded')

    const crashed = await startKeySubject(lane)
    lane.arm(({ name }) => (name === mints ? 'killed after' : 'pass'))
    expect(await ended(crashed)).not.toBe('succeeded')
    lane.disarm()
    expect(await ended(crashed)).toBe('ORPHAN_KEY')
    await crashed.sweep()

    for (const wrong of [
      (value: object) => JSON.stringify({ ...value, [field]: newSecret() }).slice(0, -1),
      (value: object) => JSON.stringify([{ ...value, [field]: newSecret() }]),
      (value: object) => JSON.stringify({ ...value, [field]: { key: newSecret() } }),
      (value: object) => JSON.stringify({ ...value, [field]: `${newSecret()}\n` }),
      (value: Readonly<Record<string, string>>) =>
        JSON.stringify({ ...value, variable: `smtp://robot:${value[field]}@smtp.example.com` }),
    ]) {
      const mistaken = await startKeySubject(lane)
      const { value } = mistaken.account
      secrets.add(value[field] ?? '')
      const text = wrong(value)
      for (const [made] of text.matchAll(/[A-Za-z0-9+/]{40}/g)) secrets.add(made)
      await stored(mistaken.secretId, text)
      expect(await ended(mistaken)).toBe('SECRET_INVALID')
    }

    const refused = await startKeySubject(lane)
    await stored(refused.secretId, JSON.stringify({ ...refused.account.value, [field]: newSecret() }))
    expect(await ended(refused)).not.toBe('succeeded')

    if (lane.keeper.admin === undefined) return
    const ruled = await startKeySubject(lane)
    const admin = JSON.stringify({ token: newSecret() })
    secrets.add(JSON.parse(admin).token)
    await stored(`admin/${lane.keeper.kind}`, admin)
    expect(await ended(ruled)).toBe('ADMIN_LOGIN_REFUSED')
  }, 120_000)

  it('leave no key and no admin secret in logs, errors, tags or what the service shows', async () => {
    const { rotate, retire, sweep } = lane.functions
    for (const name of [rotate, retire, sweep]) {
      // A function that has ended has written all that it will.
      await lane.lambda.discardInstances(name)
      const lines = lane.lambda.logs(name)
      expect(lines).not.toEqual([])
      for (const line of lines) places.push({ name: 'the log of a function', text: line })
    }
    // What was looked at is what it should be.
    const written = places.map(({ text }) => text).join('\n')
    for (const code of ['SECRET_INVALID', 'ORPHAN_KEY', 'CloudWatchMetrics', 'Invoke Error'])
      expect(written).toContain(code)
    expect(secrets.size).toBeGreaterThan(10)

    const scan = canaries(secrets)
    const findings = scan(places).map(({ place, encoding }) => `${place}: ${encoding}`)
    expect([...new Set(findings)]).toEqual([])
    for (const planted of secrets)
      expect(scan([...places, { name: 'here', text: `x${planted}x` }])).toContainEqual({
        place: 'here',
        encoding: 'raw',
      })
  })
})

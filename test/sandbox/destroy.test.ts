import {
  GetSecretValueCommand,
  ListSecretsCommand,
  type SecretListEntry,
} from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Calendar } from '../../sandbox/demo/calendar.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from './program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let sandbox: Sandbox

afterEach(() => sandbox.stop())

/** Destroys the deployment from under a rotation, right after one of its steps. */
async function destroyedAfter(step: string): Promise<void> {
  let destroyed = false
  // A lone testSecret comes with the deployment.
  let armed = false
  sandbox = await startSandbox({
    watch: (functions) => ({
      exists: functions.exists,
      async invoke(arn, payload) {
        const answer = await functions.invoke(arn, payload)
        const about = payload as { readonly Step: string; readonly SecretId: string }
        if (armed && about.Step === step && about.SecretId === sandbox.secret) {
          armed = false
          await sandbox.destroy()
          destroyed = true
        }
        return answer
      },
    }),
  })
  armed = true
  await new Calendar(sandbox).toSunday()
  await eventually(`the end of the deployment after ${step}`, () => destroyed)
  await sandbox.settled()
}

async function secrets(): Promise<readonly SecretListEntry[]> {
  const { SecretList = [] } = await sandbox.client.send(
    new ListSecretsCommand({ IncludePlannedDeletion: true }),
  )
  return SecretList
}

/** Labels, and whether the version's credential logs in at both servers, of every version that one of these labels is on. */
async function logins(wanted: readonly string[]): Promise<readonly string[]> {
  const { client, postgres, database, secret: SecretId } = sandbox
  const [found] = (await secrets()).filter(({ ARN }) => ARN === SecretId)
  const results: string[] = []
  for (const [VersionId, labels] of Object.entries(found?.SecretVersionsToStages ?? {})) {
    if (!labels.some((label) => wanted.includes(label))) continue
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionId }))
    const { username: user, password } = JSON.parse(SecretString ?? '{}')
    for (const { query } of [postgres, postgres.replica ?? postgres])
      results.push(
        await query('SELECT 1', [], { user, password, database }).then(
          () => `${labels.join()}: accepted`,
          (error: Error) => `${labels.join()}: ${error.message}`,
        ),
      )
  }
  return results
}

function expectNothingDeployed(): void {
  expect(sandbox.lambda.definitions()).toEqual([])
  expect(sandbox.scheduler.list()).toEqual([])
  expect(sandbox.cloudwatch.alarms()).toEqual([])
}

describe('cdk destroy', () => {
  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret'])(
    'right after %s leaves every secret, and consumers log in',
    async (step) => {
      await destroyedAfter(step)

      expectNothingDeployed()
      const left = await secrets()
      const keys = ['mail/admin', 'mail/sender', 'robots/deploy']
      const names = left.map(({ Name }) => Name).toSorted()
      expect(names).toEqual([...keys, 'shop/admin', 'shop/app', 'shop/reports'])
      expect(left.filter(({ DeletedDate }) => DeletedDate !== undefined)).toEqual([])
      const found = await logins(['AWSCURRENT', 'DRAINING'])
      expect(found.filter((login) => !login.endsWith(': accepted'))).toEqual([])
      expect(found).toHaveLength(step === 'finishSecret' ? 4 : 2)
    },
  )

  /** A rotation on Sunday, and the pass after it: the replaced credential drains. */
  async function rotated(): Promise<Calendar> {
    sandbox = await startSandbox()
    const { secret, secretsManager } = sandbox
    const calendar = new Calendar(sandbox)
    await calendar.toSunday()
    await eventually('the rotation', () => {
      const last = secretsManager.rotations(secret).at(-1)
      return last?.kind === 'rotation' && last.outcome === 'succeeded'
    })
    await calendar.toNextPass()
    await sandbox.settled()
    return calendar
  }

  it('in the middle of a drain leaves both credentials valid, for as long as it takes', async () => {
    await rotated()

    await sandbox.destroy()
    sandbox.clock.advance(100 * 24 * 3_600_000)
    await sandbox.settled()

    expectNothingDeployed()
    const found = await logins(['AWSCURRENT', 'DRAINING'])
    expect(found.filter((login) => !login.endsWith(': accepted'))).toEqual([])
    expect(found).toHaveLength(4)
    expect((await secrets()).filter(({ DeletedDate }) => DeletedDate !== undefined)).toEqual([])
  })

  it('after a rotation is over leaves the one credential that is in use', async () => {
    const calendar = await rotated()
    // Not by logging in: whoever does that is using it.
    await eventually('the retirement', async () => {
      const [found] = (await secrets()).filter(({ ARN }) => ARN === sandbox.secret)
      const labels = Object.values(found?.SecretVersionsToStages ?? {}).flat()
      if (!labels.includes('DRAINING')) return true
      await calendar.pass(6 * 3_600_000)
      await sandbox.settled()
      return false
    })

    await sandbox.destroy()

    expectNothingDeployed()
    expect(await logins(['AWSCURRENT'])).toEqual(['AWSCURRENT: accepted', 'AWSCURRENT: accepted'])
  })
})

import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'
import { type Sts, startSts } from '../../../sandbox/sts/server.ts'

/* Who signed a call, asked through the AWS SDK. */

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
let clock: MovableClock
let iam: Iam
let sts: Sts
const clients: STSClient[] = []

beforeEach(async () => {
  clock = movableClock(Date.now())
  iam = await startIam({ clock, region: 'eu-west-1' })
  sts = await startSts({ iam })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await Promise.all([sts.close(), iam.close()])
})

interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

async function whoami(credentials: Key, region = 'eu-west-1') {
  const client = new STSClient({ endpoint: sts.url, region, credentials, maxAttempts: 1 })
  clients.push(client)
  const { Arn, UserId, Account } = await client.send(new GetCallerIdentityCommand({}))
  return { Arn, UserId, Account }
}

const deployer: Key = { accessKeyId: KEY, secretAccessKey: SECRET }
const seedDeployer = (active = true) =>
  iam.seed({ name: 'deployer', path: '/ci/', accessKeys: [{ id: KEY, secret: SECRET, active }] })

describe('GetCallerIdentity', () => {
  it('says which user signed', async () => {
    const { arn } = seedDeployer()
    expect(await whoami(deployer)).toEqual({
      Arn: arn,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{16}$/),
      Account: '123456789012',
    })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type State, stateOrder } from '../../lambdas/inventory/states.ts'
import { seedCompany } from '../../sandbox/company.ts'
import { type Iam, startIam } from '../../sandbox/iam/server.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'

/* What the sandbox's account holds besides its own secrets, as the inventory tells of it: the command line in a process of its own. */

let secretsManager: SecretsManager
let iam: Iam
let lambda: LambdaHost

beforeEach(async () => {
  ;[secretsManager, iam, lambda] = await Promise.all([
    startSecretsManager({
      functions: {
        exists: () => false,
        invoke: async () => ({ ok: false, errorType: 'Never', errorMessage: 'nobody is rotated' }),
      },
    }),
    startIam(),
    startLambdaHost(),
  ])
})

afterEach(async () => {
  await Promise.all([secretsManager.close(), iam.close(), lambda.close()])
})

interface Listed {
  readonly type: string
  readonly name: string
  readonly states: readonly State[]
}

async function inventory(): Promise<readonly Listed[]> {
  const program = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      fileURLToPath(new URL('../../cli/overlap.ts', import.meta.url)),
      'inventory',
      '--json',
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
        AWS_ENDPOINT_URL_IAM: iam.url,
        AWS_ENDPOINT_URL_LAMBDA: lambda.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
      },
    },
  )
  const [output] = await Promise.all([text(program.stdout), once(program, 'close')])
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Listed)
}

it('shows every state that AWS can show, and nobody reads a value', async () => {
  const place = { now: Date.now(), region: 'us-east-1', accountId: '123456789012' }
  const { secrets, users } = seedCompany({ secretsManager, iam }, place)
  const listed = await inventory()
  const shown = new Set(listed.flatMap(({ states }) => states))
  expect([secrets, users]).toEqual([33, 7])
  expect(listed.filter(({ type }) => type === 'secret')).toHaveLength(secrets)
  // A secret of AWS's has every date: an age that is not known comes of a call that was refused.
  expect(stateOrder.filter((state) => !shown.has(state))).toEqual(['AGE_UNKNOWN'])
  expect(listed.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['=cmd/C!A0', '-rf/@SUM+A1', '__proto__']),
  )
  expect(secretsManager.calls()).not.toHaveProperty('GetSecretValue')
})

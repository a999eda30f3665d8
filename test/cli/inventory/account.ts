import { Writable } from 'node:stream'
import { vi } from 'vitest'
import { printInventory } from '../../../cli/inventory/print.ts'
import { run } from '../../../cli/program.ts'
import { type Clock, systemClock } from '../../../sandbox/clock.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'
import { type SecretsManager, startSecretsManager } from '../../../sandbox/secrets-manager/server.ts'
import { type Program, startScript } from '../../sandbox/program.ts'

export interface Account {
  readonly secretsManager: SecretsManager
  readonly iam: Iam
  readonly lambda: LambdaHost
  /** Where the program finds all of it; credentials are any, since nobody checks them. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** `clock`: AWS's. */
export async function startAccount(clock: Clock = systemClock): Promise<Account> {
  const secretsManager = await startSecretsManager({
    clock,
    functions: { exists: () => true, invoke: async () => ({ ok: true, payload: undefined }) },
  })
  const iam = await startIam({ clock })
  const lambda = await startLambdaHost({ region: 'us-east-1', onLog: () => {} })
  return {
    secretsManager,
    iam,
    lambda,
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_IAM: iam.url,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    async close() {
      await Promise.all([secretsManager.close(), iam.close(), lambda.close()])
    },
  }
}

export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** The same command line in this process, whose start costs nothing; not several at once, since the environment is that of the process. */
export async function inventoryHere(
  { environment }: Pick<Account, 'environment'>,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const said = { out: '', err: '' }
  const out = new Writable({
    write(chunk, _encoding, done) {
      said.out += chunk
      done()
    },
  })
  const err = {
    write(text: string) {
      said.err += text
    },
    on: () => {},
  }
  for (const [name, value] of Object.entries({ ...environment, ...more })) vi.stubEnv(name, value)
  try {
    const status = await run(['inventory', ...args], {
      out: (text) => void out.write(text),
      err: (text) => err.write(text),
      ask: () => Promise.reject(new Error('an inventory asks no function')),
      inventory: (wanted) => printInventory(wanted, { out, err, now: Date.now() }),
      by: 'ann@desk',
      now: Date.now,
    })
    return { status, ...said }
  } finally {
    vi.unstubAllEnvs()
  }
}

/** The program as a person starts it. */
export function startInventory(
  { environment }: Pick<Account, 'environment'>,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Program {
  return startScript('cli/overlap.ts', ['inventory', ...args], { ...environment, ...more })
}

export async function inventory(...started: Parameters<typeof startInventory>): Promise<Ended> {
  const program = startInventory(...started)
  const status = await program.exited
  return { status, out: program.stdout(), err: program.stderr() }
}

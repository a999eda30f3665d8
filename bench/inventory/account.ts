/**
 * An account with as many secrets as the first argument says, in a process of its own, so that what it uses counts for nobody else. Tells its parent where it is,
 * answers each `calls` with the calls that arrived since the one before, and ends with its parent.
 */
import { startIam } from '../../sandbox/iam/server.ts'
import { startLambdaHost } from '../../sandbox/lambda/host.ts'
import { startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { seeds } from './seeds.ts'

export interface AccountPlace {
  readonly secretsManager: string
  readonly iam: string
  readonly lambda: string
}

/** Of each operation of Secrets Manager and of IAM. */
export type Calls = Readonly<Record<string, number>>

const [secretsManager, iam, lambda] = await Promise.all([
  startSecretsManager({
    functions: {
      exists: () => false,
      invoke: async () => ({ ok: false, errorType: 'Never', errorMessage: 'nothing is rotated here' }),
    },
  }),
  startIam(),
  startLambdaHost(),
])
for (const seed of seeds(Number(process.argv[2]), Date.now())) secretsManager.seed(seed)

process.on('message', () => {
  const calls: Calls = { ...secretsManager.calls(), ...iam.calls() }
  for (const service of [secretsManager, iam]) service.resetCalls()
  process.send?.(calls)
})
process.on('disconnect', () => {
  void Promise.all([secretsManager.close(), iam.close(), lambda.close()])
})
const place: AccountPlace = { secretsManager: secretsManager.url, iam: iam.url, lambda: lambda.url }
process.send?.(place)

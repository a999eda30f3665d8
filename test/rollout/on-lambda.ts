import {
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { consumerFunctions } from '../../lambdas/aws/consumer-functions.ts'
import { lambdaRollout } from '../../lambdas/rollout/lambda-function.ts'
import { movableClock } from '../../sandbox/clock.ts'
import { startLambdaHost } from '../../sandbox/lambda/host.ts'

/** Of the function `mailer` that the alias `live` leads to; behind it runs whatever the secret was when its environments started. */
export async function mailerOnLambda(variables: Readonly<Record<string, string>> = {}) {
  const clock = movableClock(Date.parse('2026-03-01T03:00:00Z'))
  const host = await startLambdaHost({ clock })
  const startedAt = new Map<string, number>()
  host.managed.seed({
    name: 'mailer',
    variables,
    aliases: ['live'],
    onStarted: (qualifier) => startedAt.set(qualifier, clock.now()),
  })
  const client = new LambdaClient({
    endpoint: host.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  const settle = async () => clock.advance(60_000)
  let deployed = 0
  const deployedByHand = async () => {
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'mailer',
        Description: `deployment ${++deployed}`,
        Timeout: 10 + deployed,
      }),
    )
    await settle()
    const { Version } = await client.send(new PublishVersionCommand({ FunctionName: 'mailer' }))
    await settle()
    await client.send(
      new UpdateAliasCommand({ FunctionName: 'mailer', Name: 'live', FunctionVersion: Version }),
    )
  }
  const functions = consumerFunctions(client, () => AbortSignal.timeout(10_000))
  return {
    clock,
    host,
    client,
    functions,
    startedAt,
    settle,
    deployedByHand,
    rollout: () => lambdaRollout(functions),
    now() {
      clock.advance(1_000)
      const now = clock.now()
      clock.advance(1_000)
      return now
    },
  }
}

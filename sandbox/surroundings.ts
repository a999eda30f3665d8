/** What surrounds the functions, by the names that a configuration and the AWS SDKs have for it. */
import type { CloudWatch } from './cloudwatch/server.ts'
import { publishedLog } from './postgres/published-log.ts'
import type { PostgresServer } from './postgres/server.ts'
import { MAIL_HOST } from './provider/definition.ts'
import type { Provider } from './provider/server.ts'
import type { RunningClock } from './running-clock.ts'
import type { Services } from './services.ts'
import { SHOP } from './shop.ts'

/** As RDS does where an instance exports its log, with the names of overlap.config.ts. */
export function publishLogs({ logFiles }: PostgresServer, cloudwatch: CloudWatch, clock: RunningClock): void {
  for (const [instance, file] of [
    [SHOP, logFiles.primary],
    [`${SHOP}-replica`, logFiles.replica],
  ] as const)
    if (file !== undefined)
      cloudwatch.addLogGroup(`/aws/rds/instance/${instance}/postgresql`, {
        more: publishedLog(file, `${instance}.0`, clock.at),
      })
}

/** What overlap.config.ts calls the servers. */
export function addressesOf({ host, port, replica }: PostgresServer, provider: Provider) {
  const addresses = new Map([
    ['postgres.sandbox:5432', { host, port }],
    [MAIL_HOST, { host: 'localhost', port: provider.port }],
  ])
  if (replica) addresses.set('replica.sandbox:5432', { host: 'localhost', port: replica.port })
  return addresses
}

/** Where the SDKs in functions find the services, and whom PostgreSQL's clients trust. */
export function endpointVariables(
  { secretsManager, lambda, iam, sts, ecs, eks, bus, notifications, cloudwatch }: Services,
  { caFile }: PostgresServer,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_IAM: iam.url,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_ECS: ecs.url,
    AWS_ENDPOINT_URL_EKS: eks.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    AWS_ENDPOINT_URL_SNS: notifications.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudwatch.url,
    OVERLAP_CA_FILE: caFile,
  }
}

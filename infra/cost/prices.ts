/**
 * List prices of us-east-1 in US dollars, without free tiers and discounts, as their pages had them on 2026-11-25.
 */
export interface Price {
  readonly usd: number
  /** What that buys. */
  readonly per: string
  readonly source: string
}

const secretsManager = 'https://aws.amazon.com/secrets-manager/pricing/'
const lambda = 'https://aws.amazon.com/lambda/pricing/'
const cloudWatch = 'https://aws.amazon.com/cloudwatch/pricing/'
const eventBridge = 'https://aws.amazon.com/eventbridge/pricing/'
const sns = 'https://aws.amazon.com/sns/pricing/'
const vpc = 'https://aws.amazon.com/vpc/pricing/'
const privateLink = 'https://aws.amazon.com/privatelink/pricing/'

export const prices = {
  secret: { usd: 0.4, per: 'secret and month', source: secretsManager },
  secretsManagerCall: { usd: 0.05 / 10_000, per: 'call', source: secretsManager },
  invocation: { usd: 0.2 / 1_000_000, per: 'invocation', source: lambda },
  /** On arm64. */
  gbSecond: { usd: 0.0000133334, per: 'GB-second', source: lambda },
  logIngested: { usd: 0.5, per: 'GB', source: cloudWatch },
  /** Of what is kept, which is compressed. */
  logKept: { usd: 0.03, per: 'GB and month', source: cloudWatch },
  /** By the hour in which it is written. */
  metric: { usd: 0.3, per: 'metric and month', source: cloudWatch },
  /** An alarm on an expression pays for each metric in it. */
  alarmMetric: { usd: 0.1, per: 'metric of an alarm and month', source: cloudWatch },
  dashboard: { usd: 3, per: 'dashboard and month', source: cloudWatch },
  scheduled: { usd: 1 / 1_000_000, per: 'invocation by Scheduler', source: eventBridge },
  event: { usd: 1 / 1_000_000, per: 'event of our own', source: eventBridge },
  mail: { usd: 2 / 100_000, per: 'mail', source: sns },
  natGateway: { usd: 0.045, per: 'NAT gateway and hour', source: vpc },
  natGb: { usd: 0.045, per: 'GB through a NAT gateway', source: vpc },
  endpoint: { usd: 0.01, per: 'endpoint, zone and hour', source: privateLink },
  endpointGb: { usd: 0.01, per: 'GB through an endpoint', source: privateLink },
} satisfies Record<string, Price>

export type PriceName = keyof typeof prices

import { consumerForms, readConsumer } from '../consumers.ts'
import { type Expect, found, type Problem } from './problems.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const TAG_LENGTH = 256

/** Of the version, and since when the one before it drains, before the names (lambdas/rollout/acknowledged.ts). */
const BEFORE_NAMES = 36 + 1 + 6

function acknowledgedLength(consumers: readonly unknown[]): number {
  const names = consumers.map(String).filter((text) => /^(event|manual):/.test(text))
  return names.reduce((sum, name) => sum + 1 + name.length, BEFORE_NAMES)
}

/** Can all consumers of one secret that acknowledge do so? */
export function acknowledgedProblems(consumers: readonly unknown[], expect: Expect): Problem[] {
  const length = acknowledgedLength(consumers)
  return expect(
    length <= TAG_LENGTH,
    'CONSUMER_INVALID',
    'consumers',
    `must have shorter names, or fewer of the forms event: and manual: among them: once all of these have acknowledged, the tag overlap:acknowledged would have ${length} characters, and holds ${TAG_LENGTH}`,
  )
}

/** What is wrong with the consumers that somebody listed. `clusters`: names of those that are declared. */
export function consumerProblems(
  field: string,
  consumers: readonly unknown[],
  clusters: readonly string[],
  expect: Expect,
): Problem[] {
  const malformed = consumers.find((text) => readConsumer(String(text)) === undefined)
  const foreign = consumers.find((text) => {
    const consumer = readConsumer(String(text))
    return consumer?.kind === 'kubernetes' && !clusters.includes(consumer.cluster)
  })
  return [
    ...expect(
      malformed === undefined,
      'CONSUMER_INVALID',
      field,
      `must each be of one of these forms: ${Object.values(consumerForms).join(', ')}; ${found(malformed)}`,
    ),
    ...expect(
      new Set(consumers).size === consumers.length,
      'CONSUMER_INVALID',
      field,
      `must be listed once each; ${found(consumers)}`,
    ),
    ...expect(
      foreign === undefined,
      'CLUSTER_UNKNOWN',
      field,
      `must be in one of the clusters that are declared, ${clusters.join(', ') || 'of which there are none'}; ${found(foreign)}. Add it to clusters, with the network that its API server is reached from`,
    ),
  ]
}

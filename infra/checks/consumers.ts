import { consumerForms, readConsumer } from '../consumers.ts'
import { type Expect, found, type Problem } from './problems.ts'

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

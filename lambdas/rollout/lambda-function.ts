import { createHash } from 'node:crypto'
import type { Consumer } from './consumer.ts'
import type { ConsumerFunctions } from './consumer-functions.ts'
import { differingParts, flawOf, isOf, nextForAlias, nextForLatest, stampFor } from './lambda-progress.ts'
import type { Goal, Rollout } from './rollout.ts'

type LambdaConsumer = Extract<Consumer, { readonly kind: 'lambda' }>

const LATEST = '$LATEST'

/**
 * Lambda functions. An execution environment is taken to read its secret when it starts, and perhaps never again. A change of the configuration has calls go to
 * environments that start after it; calls that are under way end within the function's own time-out, 15 minutes at most.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 *
 * What is changed is one environment variable, which says the version. Behind an alias it takes three steps, one for each call of `start`: $LATEST is
 * changed, a version is published, and the alias is pointed to it once it is active; a snapshot for SnapStart is made of it before, after the secret's version was there.
 * Each is done on condition that nobody changed the function or the alias meanwhile, and undone by nobody. What became of a version that no alias leads to yet is known only to whoever
 * publishes, which Lambda answers with the same version as long as nothing changes. So a version that could not be made ready is told by `start`.
 */
export function lambdaRollout(functions: ConsumerFunctions): Rollout<LambdaConsumer> {
  const aliasOf = async ({ functionName, alias }: LambdaConsumer) => {
    const found = alias === undefined ? undefined : await functions.alias(functionName, alias)
    return found?.version === LATEST && found.further.length === 0 ? undefined : found
  }

  async function look(consumer: LambdaConsumer, goal: Goal) {
    const { functionName } = consumer
    const variable = stampVariable(goal.secretId)
    const alias = await aliasOf(consumer)
    const latest = await functions.version(functionName, LATEST, variable)
    if (alias === undefined || consumer.alias === undefined)
      return { latest, alias: undefined, next: nextForLatest(latest, goal) }
    const current = await functions.version(functionName, alias.version, variable)
    const further = await Promise.all(
      alias.further.map((version) => functions.version(functionName, version, variable)),
    )
    const provisioned = await functions.provisioned(functionName, consumer.alias)
    const provisionedVersion = await functions.provisioned(functionName, alias.version)
    const next = nextForAlias(
      { alias, routed: [current, ...further], latest, provisioned, provisionedVersion },
      goal,
    )
    return { latest, next, alias }
  }

  return {
    async progress(consumer, goal) {
      const { next } = await look(consumer, goal)
      return 'progress' in next ? next.progress : { state: 'absent', detail: next.why }
    },

    async start(consumer, goal) {
      const { functionName } = consumer
      const variable = stampVariable(goal.secretId)
      const { latest, next, alias } = await look(consumer, goal)
      if ('step' in next && next.step === 'stamp') {
        await functions.stamp(functionName, {
          variable,
          value: stampFor(goal),
          revisionId: latest.revisionId,
        })
      } else if ('step' in next && alias !== undefined && consumer.alias !== undefined) {
        const published = await functions.publish(functionName, latest.revisionId, variable)
        if (published === false || !isOf(published, goal)) return undefined
        const flaw = flawOf(published)
        if (flaw !== undefined) return flaw.progress
        // $LATEST was compared with the alias's own version, and what is published may be no other.
        if (differingParts(published, latest).length > 0) return undefined
        const { version } = published
        await functions.pointAlias(functionName, {
          alias: consumer.alias,
          version,
          revisionId: alias.revisionId,
        })
      }
      return undefined
    },
  }
}

/** One for each secret that the function reads. */
function stampVariable(secretId: string): string {
  return `OVERLAP_VERSION_${createHash('sha256').update(secretId).digest('hex').slice(0, 8)}`
}

import type { Ecs } from './ecs/server.ts'
import type { Kubernetes } from './kubernetes/server.ts'
import type { LambdaHost } from './lambda/host.ts'

/** A task, a pod or an execution environment of a consumer. */
export interface Instance {
  /** As the tag `overlap:consumers` names it. */
  readonly consumer: string
  /** Different from all others of this consumer. */
  readonly id: string
}

/** Hears when containers run: what reads a secret at its start reads it now. It may be called before the sandbox is up. */
export interface ConsumerWatch {
  started(instance: Instance): void
  /** They have ended. */
  stopped(instance: Instance): void
}

const services = ['checkout', 'orders']
/** Much faster than anywhere else, since people and tests wait for it. Milliseconds. */
const STEP_MS = 200

export interface Platforms {
  readonly ecs: Pick<Ecs, 'seed'>
  readonly kubernetes: Pick<Kubernetes, 'seed'>
  readonly lambda: { readonly managed: Pick<LambdaHost['managed'], 'seed'> }
}

/**
 * The consumers that overlap.config.ts declares for shop/app: services with two tasks each, a Deployment with two pods, and a function with one environment. Nothing of an
 * application is in them, unless somebody watches who plays it: Overlap brings them to a version all the same.
 */
export function seedConsumers({ ecs, kubernetes, lambda }: Platforms, watch?: ConsumerWatch): void {
  for (const name of services) {
    const consumer = `ecs:shop/${name}`
    ecs.seed({
      cluster: 'shop',
      name,
      desiredCount: 2,
      pace: { startMs: STEP_MS, stopMs: STEP_MS },
      onTaskStarted: (id) => watch?.started({ consumer, id }),
      onTaskStopped: (id) => watch?.stopped({ consumer, id }),
    })
  }
  const consumer = 'kubernetes:sandbox/shop/deployment/search'
  kubernetes.seed({
    kind: 'deployment',
    namespace: 'shop',
    name: 'search',
    replicas: 2,
    pace: { startMs: STEP_MS, readyMs: STEP_MS, stopMs: STEP_MS },
    onPodStarted: ({ name: id }) => watch?.started({ consumer, id }),
    onPodStopped: ({ name: id }) => watch?.stopped({ consumer, id }),
  })
  seedFunction(lambda, watch)
}

/** Calls go to a new environment as soon as there is one. */
function seedFunction({ managed }: Platforms['lambda'], watch: ConsumerWatch | undefined): void {
  const consumer = 'lambda:invoices'
  let environments = 0
  managed.seed({
    name: 'invoices',
    changeMs: STEP_MS,
    onStarted() {
      environments += 1
      watch?.started({ consumer, id: String(environments) })
      if (environments > 1) watch?.stopped({ consumer, id: String(environments - 1) })
    },
  })
}

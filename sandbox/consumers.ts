import type { Ecs } from './ecs/server.ts'
import type { Kubernetes } from './kubernetes/server.ts'

/** A task or a pod of a consumer. */
export interface Instance {
  /** As the tag `overlap:consumers` names it. */
  readonly consumer: string
  /** Of the task, or name of the pod. */
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
const PACE = { startMs: 400, stopMs: 200 }

/**
 * The consumers that overlap.config.ts declares for shop/app, each with two tasks or pods. Nothing of an application is in them, unless somebody watches who
 * plays it: Overlap brings them to a version all the same.
 */
export function seedConsumers(
  { ecs, kubernetes }: { readonly ecs: Pick<Ecs, 'seed'>; readonly kubernetes: Pick<Kubernetes, 'seed'> },
  watch?: ConsumerWatch,
): void {
  for (const name of services) {
    const consumer = `ecs:shop/${name}`
    ecs.seed({
      cluster: 'shop',
      name,
      desiredCount: 2,
      pace: PACE,
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
    pace: { startMs: 200, readyMs: 200, stopMs: 200 },
    onPodStarted: ({ name: id }) => watch?.started({ consumer, id }),
    onPodStopped: ({ name: id }) => watch?.stopped({ consumer, id }),
  })
}

/**
 * Who reads a secret, as far as a deployment must know: which functions roll out, and what these may touch. The forms are those that the functions read
 * (lambdas/rollout/consumer.ts).
 */
export type DeclaredConsumer =
  | { readonly kind: 'ecs'; readonly cluster: string; readonly service: string }
  | { readonly kind: 'lambda'; readonly functionName: string }
  | { readonly kind: 'kubernetes'; readonly cluster: string }
  | { readonly kind: 'event' | 'manual' }

/** As people write them. */
export const consumerForms: Readonly<Record<DeclaredConsumer['kind'], string>> = {
  ecs: 'ecs:CLUSTER/SERVICE',
  lambda: 'lambda:NAME or lambda:NAME:ALIAS',
  kubernetes: 'kubernetes:CLUSTER/NAMESPACE/deployment|statefulset|daemonset/NAME, perhaps with @SECRET',
  event: 'event:NAME',
  manual: 'manual:NAME',
}

const ecs = /^ecs:([\w-]{1,255})\/([\w-]{1,255})$/
const lambda = /^lambda:([\w-]{1,64})(?::([\w-]{1,128}))?$/
const kubernetes =
  /^kubernetes:([\w-]{1,100})\/([a-z0-9-]{1,63})\/(deployment|statefulset|daemonset)\/([a-z0-9.-]{1,253})(?:@([a-z0-9.-]{1,253}))?$/
const acknowledging = /^(event|manual):([\w.-]{1,100})$/

/** Undefined when it is of no known form. */
export function readConsumer(text: string): DeclaredConsumer | undefined {
  const [, ecsCluster, service] = ecs.exec(text) ?? []
  if (ecsCluster !== undefined && service !== undefined) return { kind: 'ecs', cluster: ecsCluster, service }
  const [, functionName] = lambda.exec(text) ?? []
  if (functionName !== undefined) return { kind: 'lambda', functionName }
  const [, cluster] = kubernetes.exec(text) ?? []
  if (cluster !== undefined) return { kind: 'kubernetes', cluster }
  const [, kind] = acknowledging.exec(text) ?? []
  return kind === 'event' || kind === 'manual' ? { kind } : undefined
}

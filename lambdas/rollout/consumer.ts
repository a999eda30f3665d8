import { OverlapError } from '../rotation/errors.ts'

/** Who reads a secret, as its tag `overlap:consumers` names them, separated by spaces. */
export type Consumer =
  /** `ecs:CLUSTER/SERVICE`. */
  | { readonly kind: 'ecs'; readonly cluster: string; readonly service: string }
  /** `lambda:NAME`, or `lambda:NAME:ALIAS` where an alias is what is called. */
  | { readonly kind: 'lambda'; readonly functionName: string; readonly alias: string | undefined }
  /** `kubernetes:CLUSTER/NAMESPACE/deployment/NAME`, and `@SECRET` behind it where a Secret that is synced from this one has to come first. */
  | {
      readonly kind: 'kubernetes'
      readonly cluster: string
      readonly namespace: string
      readonly workload: Workload
      readonly name: string
      /** Name of a Secret in the same namespace. */
      readonly synced: string | undefined
    }
  /** `event:NAME` is told by an event, and acknowledges by itself. */
  | { readonly kind: 'event'; readonly name: string }
  /** `manual:NAME` is told by nobody, and acknowledges, or somebody does for it. */
  | { readonly kind: 'manual'; readonly name: string }
  /** Of no form that is known, perhaps as an earlier release wrote it. Somebody reads the secret all the same, and is never known to be on a version. */
  | { readonly kind: 'unreadable'; readonly text: string; readonly expected: string }

type Form = Exclude<Consumer['kind'], 'unreadable'>

export const workloads = ['deployment', 'statefulset', 'daemonset'] as const
export type Workload = (typeof workloads)[number]

const forms: Readonly<Record<Form, string>> = {
  ecs: 'ecs:CLUSTER/SERVICE',
  lambda: 'lambda:NAME or lambda:NAME:ALIAS',
  kubernetes: `kubernetes:CLUSTER/NAMESPACE/${workloads.join('|')}/NAME, with @SECRET behind it where a synced Secret has to come first`,
  event: 'event:NAME',
  manual: 'manual:NAME',
}

/** What cannot be read keeps the version before from being retired, and no rotation from anything. */
export function parseConsumers(tag: string | undefined): readonly Consumer[] {
  return (tag ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map(readConsumer)
}

/** Throws `POLICY_INVALID`, which says the form that is expected. */
export function parseConsumer(text: string): Exclude<Consumer, { readonly kind: 'unreadable' }> {
  const consumer = readConsumer(text)
  if (consumer.kind !== 'unreadable') return consumer
  throw new OverlapError(
    'POLICY_INVALID',
    `tag overlap:consumers: ${text} must be of the form ${consumer.expected}`,
  )
}

function readConsumer(text: string): Consumer {
  const kind = (Object.keys(forms) as Form[]).find((one) => text.startsWith(`${one}:`))
  const consumer = kind === undefined ? undefined : read(kind, text.slice(kind.length + 1))
  if (consumer !== undefined) return consumer
  const expected = kind === undefined ? Object.values(forms).join(', ') : forms[kind]
  return { kind: 'unreadable', text, expected }
}

function read(kind: Form, text: string): Consumer | undefined {
  switch (kind) {
    case 'ecs': {
      const [, cluster, service] = /^([\w-]{1,255})\/([\w-]{1,255})$/.exec(text) ?? []
      return cluster === undefined || service === undefined ? undefined : { kind, cluster, service }
    }
    case 'lambda': {
      const [, functionName, alias] = /^([\w-]{1,64})(?::([\w-]{1,128}))?$/.exec(text) ?? []
      return functionName === undefined ? undefined : { kind, functionName, alias }
    }
    case 'kubernetes': {
      const [, cluster, namespace, found, name, synced] =
        /^([\w-]{1,100})\/([a-z0-9-]{1,63})\/([a-z]+)\/([a-z0-9.-]{1,253})(?:@([a-z0-9.-]{1,253}))?$/.exec(
          text,
        ) ?? []
      const workload = workloads.find((one) => one === found)
      if (cluster === undefined || namespace === undefined || workload === undefined || name === undefined)
        return undefined
      return { kind, cluster, namespace, workload, name, synced }
    }
    case 'event':
    case 'manual':
      return /^[\w.-]{1,100}$/.test(text) ? { kind, name: text } : undefined
  }
}

/** As the tag has it: what alarms, events and people call a consumer. */
export function consumerName(consumer: Consumer): string {
  switch (consumer.kind) {
    case 'ecs':
      return `ecs:${consumer.cluster}/${consumer.service}`
    case 'lambda':
      return `lambda:${consumer.functionName}${consumer.alias === undefined ? '' : `:${consumer.alias}`}`
    case 'kubernetes': {
      const { cluster, namespace, workload, name, synced } = consumer
      return `kubernetes:${cluster}/${namespace}/${workload}/${name}${synced === undefined ? '' : `@${synced}`}`
    }
    case 'event':
    case 'manual':
      return `${consumer.kind}:${consumer.name}`
    case 'unreadable':
      return consumer.text
  }
}

import { randomUUID } from 'node:crypto'
import type { Resource, Stack } from '../assembly/assembly.ts'
import { referencesIn, resolve, type Scope } from '../assembly/intrinsics.ts'
import { Properties } from './properties.ts'

/** A resource that is to be made. */
export interface Request {
  readonly type: string
  readonly logicalId: string
  readonly stack: Stack
  readonly stackId: string
  readonly properties: Properties
}

/** What was made. */
export interface Made {
  /** What Ref gives. */
  readonly ref: string
  /** What Fn::GetAtt gives. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Undoes it; absent when there is nothing to undo. */
  readonly remove?: () => unknown
}

/** Makes a resource of one type. It reads every property: one that it leaves unread fails the deployment. */
export type Make = (request: Request) => Promise<Made> | Made

/** The maker of a type, or undefined for one that is not known. */
export type Makers = (type: string) => Make | undefined

export interface Output {
  readonly name: string
  readonly description: string
  readonly value: string
}

export interface DeployedStack {
  readonly name: string
  readonly outputs: readonly Output[]
  /** What Ref gives for a logical id. */
  ref(logicalId: string): string | undefined
  /** As `cdk destroy`: everything without `Retain`, in reverse order. */
  destroy(): Promise<void>
}

const DELETION_POLICIES: readonly (string | undefined)[] = [
  undefined,
  'Delete',
  'Retain',
  'RetainExceptOnCreate',
]

/**
 * Plays CloudFormation: makes every resource of a stack when those that it refers to are there.
 * @throws what the first one that fails throws, for types and properties that nobody knows, too
 */
export async function deployStack(stack: Stack, makers: Makers): Promise<DeployedStack> {
  const stackId = `arn:aws:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/${randomUUID()}`
  const made = new Map<string, Made>()
  const scope = scopeOf(stack, stackId, made)
  const order = creationOrder(stack.resources)

  async function make(logicalId: string): Promise<void> {
    const resource = resourceOf(stack, logicalId)
    const maker = makers(resource.Type)
    if (!maker) throw new Error(`${logicalId}: the sandbox does not know ${resource.Type}`)
    if (!DELETION_POLICIES.includes(resource.DeletionPolicy))
      throw new Error(`${logicalId}: the sandbox does not know DeletionPolicy ${resource.DeletionPolicy}`)
    const values = resolve(resource.Properties ?? {}, scope, logicalId) as Readonly<Record<string, unknown>>
    const properties = new Properties(logicalId, values)
    made.set(logicalId, await maker({ type: resource.Type, logicalId, stack, stackId, properties }))
    const unread = properties.unread()
    if (unread.length > 0)
      throw new Error(`${logicalId}: the sandbox does not know ${unread.join(', ')} of ${resource.Type}`)
  }

  const making = new Map<string, Promise<void>>()
  for (const id of order) {
    const awaited = dependenciesOf(stack.resources, id).map((other) => making.get(other))
    making.set(
      id,
      Promise.all(awaited).then(() => make(id)),
    )
  }
  const results = await Promise.allSettled(making.values())
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason

  return {
    name: stack.name,
    outputs: Object.entries(stack.outputs).map(([name, { Value, Description: description = name }]) => ({
      name,
      description,
      value: String(resolve(Value, scope, `output ${name}`)),
    })),
    ref: (logicalId) => made.get(logicalId)?.ref,
    async destroy() {
      for (const id of [...order].reverse())
        if (!resourceOf(stack, id).DeletionPolicy?.startsWith('Retain')) await made.get(id)?.remove?.()
    },
  }
}

function scopeOf(stack: Stack, stackId: string, made: ReadonlyMap<string, Made>): Scope {
  return {
    pseudo: {
      'AWS::AccountId': stack.account,
      'AWS::Partition': 'aws',
      'AWS::Region': stack.region,
      'AWS::StackId': stackId,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    ref: (logicalId) => made.get(logicalId)?.ref,
    attribute: (logicalId, name) => made.get(logicalId)?.attributes?.[name],
  }
}

function resourceOf({ resources, name }: Stack, logicalId: string): Resource {
  const resource = resources[logicalId]
  if (!resource) throw new Error(`stack ${name} has no resource ${logicalId}`)
  return resource
}

/** Those in the same template: by reference, or because it says so. */
function dependenciesOf(resources: Stack['resources'], logicalId: string): readonly string[] {
  const { Properties: properties, DependsOn: after = [] } = resources[logicalId] ?? {}
  const all = new Set([...referencesIn(properties), ...[after].flat()])
  return [...all].filter((id) => resources[id] !== undefined)
}

/** Throws for resources that wait for each other. */
function creationOrder(resources: Stack['resources']): readonly string[] {
  const order = new Set<string>()
  const visit = (id: string, path: readonly string[]) => {
    if (order.has(id)) return
    if (path.includes(id)) throw new Error(`resources wait for each other: ${[...path, id].join(' -> ')}`)
    for (const other of dependenciesOf(resources, id)) visit(other, [...path, id])
    order.add(id)
  }
  for (const id of Object.keys(resources)) visit(id, [])
  return [...order]
}

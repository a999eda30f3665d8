import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A resource of a template, its intrinsics not yet resolved. */
export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly Metadata?: unknown
}

export interface Stack {
  readonly name: string
  /** Twelve digits, and the Region. */
  readonly account: string
  readonly region: string
  /** Logical id to resource. */
  readonly resources: Readonly<Record<string, Resource>>
  readonly outputs: Readonly<Record<string, { readonly Value: unknown; readonly Description?: string }>>
  /** Object key in the bucket of assets to the folder that is its content. */
  readonly assets: Readonly<Record<string, string>>
}

interface Artifact {
  readonly type: string
  readonly environment?: string
  readonly dependencies?: readonly string[]
  readonly displayName?: string
  readonly properties?: {
    readonly templateFile?: string
    readonly stackName?: string
    readonly file?: string
  }
}

/** What a template may hold besides resources: only these have no say in what is deployed. `Rules` check the bootstrap's version. */
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
]
const RESOURCE_ATTRIBUTES = [
  'Type',
  'Properties',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]

/**
 * Reads a cloud assembly: its stacks, each after those that it depends on.
 * @throws for everything that would have to be understood and is not
 */
export function readAssembly(folder: string): readonly Stack[] {
  const { artifacts } = readJson(join(folder, 'manifest.json')) as { artifacts: Record<string, Artifact> }
  for (const [id, { type }] of Object.entries(artifacts))
    if (
      !['aws:cloudformation:stack', 'cdk:asset-manifest', 'cdk:tree'].includes(type) &&
      !type.startsWith('cdk:feature')
    )
      throw new Error(`artifact ${id}: the sandbox does not know ${type}`)
  return inOrder(artifacts).map(([id, artifact]) => readStack(folder, id, artifact, artifacts))
}

function inOrder(artifacts: Readonly<Record<string, Artifact>>): readonly (readonly [string, Artifact])[] {
  const ordered = new Map<string, Artifact>()
  const visit = (id: string) => {
    const artifact = artifacts[id]
    if (artifact === undefined || ordered.has(id)) return
    for (const dependency of artifact.dependencies ?? []) visit(dependency)
    ordered.set(id, artifact)
  }
  for (const id of Object.keys(artifacts)) visit(id)
  return [...ordered].filter(([, { type }]) => type === 'aws:cloudformation:stack')
}

function readStack(
  folder: string,
  id: string,
  artifact: Artifact,
  artifacts: Readonly<Record<string, Artifact>>,
): Stack {
  const { properties = {}, environment = '', dependencies = [] } = artifact
  const name = properties.stackName ?? id
  const [, account, region] = /^aws:\/\/(\d{12})\/([a-z0-9-]+)$/.exec(environment) ?? []
  if (account === undefined || region === undefined)
    throw new Error(`stack ${name}: the sandbox needs an account and a Region, not ${environment}`)
  const template = readJson(join(folder, properties.templateFile ?? '')) as Record<string, unknown>
  refuseUnknown(`stack ${name}`, Object.keys(template), SECTIONS)
  const resources = (template.Resources ?? {}) as Record<string, Resource>
  for (const [logicalId, resource] of Object.entries(resources))
    refuseUnknown(logicalId, Object.keys(resource), RESOURCE_ATTRIBUTES)
  const manifests = dependencies.flatMap((other) => artifacts[other]?.properties?.file ?? [])
  return {
    name,
    account,
    region,
    resources,
    outputs: (template.Outputs ?? {}) as Stack['outputs'],
    assets: Object.fromEntries(manifests.flatMap((file) => assetsIn(folder, file))),
  }
}

function refuseUnknown(at: string, found: readonly string[], known: readonly string[]): void {
  const unknown = found.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`${at}: the sandbox does not know ${unknown.join(', ')}`)
}

function assetsIn(folder: string, file: string): readonly (readonly [key: string, folder: string])[] {
  const { files } = readJson(join(folder, file)) as {
    files: Record<
      string,
      {
        readonly source: { readonly path: string }
        readonly destinations: Record<string, { objectKey: string }>
      }
    >
  }
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }) => [objectKey, join(folder, source.path)] as const),
  )
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

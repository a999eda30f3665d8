import { type Access, admit, type Rule } from './access.ts'
import {
  controllerRevisionObject,
  labelsOf,
  plurals,
  podMetadata,
  replicaSetObject,
  secretMetadata,
  workloadObject,
} from './objects.ts'
import { ApiRefusal, badRequest, notFound } from './refusal.ts'
import type { Secret } from './secret.ts'
import { patchedAnnotations } from './template-patch.ts'
import type { Workload, WorkloadKind } from './workload.ts'

/** What a cluster has, and who may do what with it. */
export interface ClusterContents {
  readonly workloads: readonly Workload[]
  readonly secrets: readonly Secret[]
  readonly rules: readonly Rule[]
}

export interface ApiRequest {
  readonly method: string
  readonly url: URL
  readonly accept: string
  readonly contentType: string
  readonly body: string
}

interface Target extends Access {
  readonly kind: WorkloadKind | undefined
}

const paths = {
  apps: /^\/apis\/apps\/v1\/namespaces\/([\w.-]+)\/(\w+)(?:\/([\w.-]+))?$/,
  core: /^\/api\/v1\/namespaces\/([\w.-]+)\/(\w+)(?:\/([\w.-]+))?$/,
}
const partial = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`
const strategicMerge = 'application/strategic-merge-patch+json'

/** Answers one call of a caller who is known. Throws ApiRefusal. */
export function answerApi(request: ApiRequest, contents: ClusterContents): object {
  const target = targetOf(request)
  admit(contents.rules, target)
  const { resource, verb, name } = target
  if (target.kind !== undefined && name !== undefined) {
    const workload = workloadAt(contents, target, name)
    if (verb === 'patch') patch(workload, request)
    return workloadObject(workload)
  }
  if (resource === 'secrets' && name !== undefined) return secretAnswer(request, contents, target, name)
  const selected = contents.workloads.filter(
    (workload) => workload.seeded.namespace === target.namespace && isSelected(workload, request.url),
  )
  switch (resource) {
    case 'replicasets.apps':
      return list('ReplicaSetList', selected, 'deployment', replicaSetObject)
    case 'controllerrevisions.apps':
      return list('ControllerRevisionList', selected, undefined, controllerRevisionObject)
    case 'pods':
      return podsAnswer(request, selected)
    default:
      throw badRequest(`${verb} ${resource} is not part of the sandbox`)
  }
}

function targetOf({ method, url }: ApiRequest): Target {
  const [group, found] = paths.apps.test(url.pathname)
    ? (['.apps', paths.apps.exec(url.pathname)] as const)
    : (['', paths.core.exec(url.pathname)] as const)
  const [, namespace, plural, name] = found ?? []
  if (namespace === undefined || plural === undefined)
    throw new ApiRefusal(404, 'NotFound', 'the server could not find the requested resource')
  const verb = method === 'PATCH' ? 'patch' : name === undefined ? 'list' : 'get'
  if (method !== 'GET' && method !== 'PATCH')
    throw new ApiRefusal(405, 'MethodNotAllowed', `${method} is not part of the sandbox`)
  const kind = (Object.keys(plurals) as WorkloadKind[]).find((one) => plurals[one] === plural && group !== '')
  return { verb, resource: `${plural}${group}`, namespace, name, kind }
}

function workloadAt(
  { workloads }: ClusterContents,
  { kind, namespace, resource }: Target,
  name: string,
): Workload {
  const found = workloads.find(
    ({ seeded }) => seeded.kind === kind && seeded.namespace === namespace && seeded.name === name,
  )
  if (found === undefined) throw notFound(resource, name)
  return found
}

function patch(workload: Workload, { contentType, body }: ApiRequest): void {
  if (contentType.split(';')[0] !== strategicMerge)
    throw new ApiRefusal(415, 'UnsupportedMediaType', `the sandbox takes ${strategicMerge} alone`)
  workload.change({ annotations: patchedAnnotations(workload.annotations, parsed(body)) })
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw badRequest('the patch is not JSON')
  }
}

/** The data leave the sandbox for nobody: who asks for more than metadata is refused. */
function secretAnswer(
  { accept }: ApiRequest,
  { secrets }: ClusterContents,
  { namespace }: Target,
  name: string,
) {
  if (accept !== partial('PartialObjectMetadata'))
    throw new ApiRefusal(403, 'Forbidden', 'the sandbox tells nobody the data of a Secret')
  const secret = secrets.find((one) => one.namespace === namespace && one.name === name)
  if (secret === undefined) throw notFound('secrets', name)
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: secretMetadata(secret) }
}

function podsAnswer({ accept, url }: ApiRequest, workloads: readonly Workload[]) {
  if (accept !== partial('PartialObjectMetadataList'))
    throw new ApiRefusal(406, 'NotAcceptable', 'the sandbox tells of pods their metadata alone')
  // Its pods run or start: none of them is over.
  const phases = url.searchParams.get('fieldSelector')
  if (phases !== null && phases !== 'status.phase!=Succeeded,status.phase!=Failed')
    throw badRequest('this fieldSelector is not part of the sandbox')
  const items = workloads.flatMap((workload) =>
    workload.pods.map((pod) => ({ metadata: podMetadata(workload, pod) })),
  )
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: {}, items }
}

function list(
  kind: string,
  workloads: readonly Workload[],
  only: WorkloadKind | undefined,
  objectOf: (workload: Workload, revision: Workload['revisions'][number]) => object,
) {
  const owners = workloads.filter(({ seeded }) => (only === 'deployment') === (seeded.kind === 'deployment'))
  const items = owners.flatMap((workload) => workload.revisions.map((one) => objectOf(workload, one)))
  return { kind, apiVersion: 'apps/v1', metadata: {}, items }
}

/** Equalities alone. */
function isSelected(workload: Workload, url: URL): boolean {
  const labels = labelsOf(workload)
  const terms = (url.searchParams.get('labelSelector') ?? '').split(',').filter((term) => term !== '')
  return terms.every((term) => {
    const [key = '', value, ...more] = term.split('=')
    if (value === undefined || more.length > 0)
      throw badRequest('this labelSelector is not part of the sandbox')
    return labels[key] === value
  })
}

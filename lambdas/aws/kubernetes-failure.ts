import { ApiException } from '@kubernetes/client-node/dist/gen/apis/exception.js'
import { OverlapError } from '../rotation/errors.ts'

/** One call, as RBAC and people speak of it. */
export interface KubernetesCall {
  readonly cluster: string
  readonly verb: 'get' | 'list' | 'patch'
  /** With its group, such as `deployments.apps`. */
  readonly resource: string
  readonly namespace: string
  /** Undefined for a listing. */
  readonly name: string | undefined
}

/** Of an error of ours: did the API say that there is no such object? */
export function isNotFound(error: unknown): boolean {
  return error instanceof OverlapError && error.detail.status === 404
}

/**
 * Turns what the client throws into an error of ours. Its own messages hold whole answers, headers included, and stay behind: of an answer only the `reason` is
 * told, which is a word (https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/types.go, StatusReason), of a broken connection its code.
 */
export function kubernetesFailed(call: KubernetesCall, error: unknown, timeIsUp: boolean): never {
  if (error instanceof OverlapError) throw error
  const { cluster, verb, resource, namespace, name } = call
  const object = `${resource}${name === undefined ? '' : ` ${name}`} in namespace ${namespace} of cluster ${cluster}`
  if (error instanceof ApiException) {
    const { reason, message } = statusOf(error.body)
    throw new OverlapError('KUBERNETES_FAILED', refusal(call, object, error.code, reason, message), {
      detail: { operation: `${verb} ${resource}`, status: error.code },
    })
  }
  if (timeIsUp)
    throw new OverlapError(
      'TIME_UP',
      `${verb} ${object} was not answered in the time that the function has left`,
    )
  throw new OverlapError(
    'KUBERNETES_FAILED',
    `${verb} ${object} was not answered (${codeOf(error)}): the outcome is unknown. The function needs a way to the cluster's endpoint`,
    { detail: { operation: `${verb} ${resource}` } },
  )
}

function refusal(
  { cluster, verb, resource, namespace }: KubernetesCall,
  object: string,
  status: number,
  reason: string,
  message: string,
): string {
  if (status === 401)
    return `cluster ${cluster} does not know the function's role: give it an access entry (docs/kubernetes.md)`
  if (status === 403 && / cannot (get|list|patch) resource /.test(message))
    return `cluster ${cluster} does not let Overlap ${verb} ${object}: grant the verb ${verb} on ${resource} in namespace ${namespace} (docs/kubernetes.md)`
  if (status === 404) return `there is no ${object}`
  return `${verb} ${object} was refused: ${status} ${reason}`
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/. Whatever stands between may answer in another form. */
function statusOf(body: unknown): { readonly reason: string; readonly message: string } {
  try {
    const { reason, message } = JSON.parse(String(body)) as Readonly<Record<string, unknown>>
    const word = typeof reason === 'string' && /^[A-Za-z]{1,50}$/.test(reason) ? reason : 'of no known reason'
    return { reason: word, message: typeof message === 'string' ? message : '' }
  } catch {
    return { reason: 'of no known reason', message: '' }
  }
}

/** Such as ECONNREFUSED, or the code of what is wrong with a certificate. */
function codeOf(error: unknown): string {
  const { code, name } = (error instanceof Error ? error : {}) as {
    readonly code?: unknown
    readonly name?: string
  }
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : (name ?? 'unknown')
}

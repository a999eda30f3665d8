import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Clock, systemClock } from '../clock.ts'
import { documentedRole, type Rule } from './access.ts'
import { answerApi } from './api.ts'
import { checkEksToken } from './eks-token.ts'
import { ApiRefusal } from './refusal.ts'
import { Secret } from './secret.ts'
import { listenWithTls } from './tls-listener.ts'
import { type SeededWorkload, Workload, type WorkloadKind } from './workload.ts'

export type { PodInfo } from './pod.ts'
export type { SeededWorkload, Workload, WorkloadKind } from './workload.ts'

export interface KubernetesOptions {
  /** Name of the cluster. */
  readonly name: string
  readonly clock?: Clock
  /** Default us-east-1. */
  readonly region?: string
  /** Whom the cluster knows, by the id of their access key: its secret. Default: the sandbox's functions. */
  readonly callers?: ReadonlyMap<string, string>
}

/** One call that was answered, in the order in which they came. */
export interface ApiCall {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Of the answer. */
  readonly status: number
}

export interface Kubernetes {
  readonly name: string
  /** `https://127.0.0.1:port`. */
  readonly url: string
  /** PEM of the cluster's authority. */
  readonly ca: string
  seed(workload: SeededWorkload): Workload
  /** Throws for one that is not there. What people do with kubectl is done with it. */
  workload(kind: WorkloadKind, namespace: string, name: string): Workload
  /** A Secret as the External Secrets Operator keeps it: it is made when it is not there, and left as it is when its data are the same. */
  syncSecret(namespace: string, name: string, data: Readonly<Record<string, string>>): Secret
  /** Throws for one that is not there. What a container's environment is made of. */
  secretData(namespace: string, name: string): Readonly<Record<string, string>>
  deleteSecret(namespace: string, name: string): void
  /** What the caller's Role allows; at first what docs/kubernetes.md has people grant. */
  allow(rules: readonly Rule[]): void
  calls(): readonly ApiCall[]
  close(): Promise<void>
}

/** Whom sandbox/lambda/environment.ts makes of a function. */
const functionCaller = new Map([['ASIAQSANDBOXSANDBOX0', 'sandbox']])

/**
 * The API server of an EKS cluster on loopback, over TLS, as far as one restarts workloads and looks at them, with the controllers behind it
 * (https://kubernetes.io/docs/reference/kubernetes-api/). It lets in who brings an EKS token for this cluster. What pods are made, become ready and end goes by the clock.
 */
export async function startKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  const { name: cluster, clock = systemClock, region = 'us-east-1', callers = functionCaller } = options
  const workloads: Workload[] = []
  const secrets: Secret[] = []
  const calls: ApiCall[] = []
  let rules = documentedRole

  function admit(request: IncomingMessage): void {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    try {
      checkEksToken(token, { cluster, region, now: clock.now(), secretKeyOf: (id) => callers.get(id) })
    } catch {
      throw new ApiRefusal(401, 'Unauthorized', 'Unauthorized')
    }
  }

  function answered(request: IncomingMessage, body: string): { status: number; answer: object } {
    try {
      admit(request)
      const { method = '', headers } = request
      const url = new URL(request.url ?? '', 'https://cluster')
      const accept = headers.accept ?? ''
      const contentType = headers['content-type'] ?? ''
      const answer = answerApi({ method, url, accept, contentType, body }, { workloads, secrets, rules })
      return { status: 200, answer }
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error
      return { status: error.code, answer: error.body }
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, answer } = answered(request, await text(request))
    calls.push({ method: request.method ?? '', path: request.url ?? '', status })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  function secretAt(namespace: string, name: string): Secret {
    const found = secrets.find((secret) => secret.namespace === namespace && secret.name === name)
    if (found === undefined) throw new Error(`there is no Secret ${namespace}/${name}`)
    return found
  }

  const listener = await listenWithTls(respond)
  return {
    ...listener,
    name: cluster,
    seed(seeded) {
      const workload = new Workload(seeded, clock)
      workloads.push(workload)
      return workload
    },
    workload(kind, namespace, name) {
      const found = workloads.find(
        ({ seeded }) => seeded.kind === kind && seeded.namespace === namespace && seeded.name === name,
      )
      if (found === undefined) throw new Error(`there is no ${kind} ${namespace}/${name}`)
      return found
    },
    syncSecret(namespace, name, data) {
      const known = secrets.find((secret) => secret.namespace === namespace && secret.name === name)
      const secret = known ?? new Secret(namespace, name, clock.now())
      if (known === undefined) secrets.push(secret)
      secret.sync(data, clock.now())
      return secret
    },
    secretData: (namespace, name) => secretAt(namespace, name).data,
    deleteSecret: (namespace, name) => void secrets.splice(secrets.indexOf(secretAt(namespace, name)), 1),
    allow(given) {
      rules = given
    },
    calls: () => calls,
    async close() {
      for (const workload of workloads) workload.discard()
      await listener.close()
    },
  }
}

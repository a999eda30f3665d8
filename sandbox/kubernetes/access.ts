import { ApiRefusal } from './refusal.ts'

export type Verb = 'get' | 'list' | 'patch'

/** A rule of a Role (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole). */
export interface Rule {
  /** With its group, such as `deployments.apps`. */
  readonly resources: readonly string[]
  readonly verbs: readonly Verb[]
  /** Default: any. */
  readonly resourceNames?: readonly string[]
}

/** What docs/kubernetes.md has people grant, for Secrets of any name. */
export const documentedRole: readonly Rule[] = [
  { resources: ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'], verbs: ['get', 'patch'] },
  { resources: ['replicasets.apps', 'controllerrevisions.apps', 'pods'], verbs: ['list'] },
  { resources: ['secrets'], verbs: ['get'] },
]

export interface Access {
  readonly verb: Verb
  /** With its group. */
  readonly resource: string
  readonly namespace: string
  readonly name: string | undefined
}

/** Throws what RBAC answers when no rule allows it. */
export function admit(rules: readonly Rule[], { verb, resource, namespace, name }: Access): void {
  const allowed = rules.some(
    (rule) =>
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
  )
  if (allowed) return
  const [plural, group = ''] = resource.split('.')
  throw new ApiRefusal(
    403,
    'Forbidden',
    `${resource}${name === undefined ? '' : ` "${name}"`} is forbidden: User "overlap" cannot ${verb} resource "${plural}" in API group "${group}" in the namespace "${namespace}"`,
  )
}

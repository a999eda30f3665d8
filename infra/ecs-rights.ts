import { Lazy, Stack } from 'aws-cdk-lib'
import type { OverlapFunction } from './overlap-function.ts'
import { acknowledgeWildcard, GrowingStatement } from './wide-statement.ts'

/** Characters of the ARNs of services in the policy of a role, which ends at 10,240: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_SERVICE_ARNS = 6_000

const reasons = {
  services:
    'There are more services than the policy of a role can name, so it names all those of their clusters.',
  tasks: 'A task has no name before it is started. It tells of tasks of these clusters, and changes nothing.',
  listing:
    'Tasks are listed by cluster and service, which are no resource here. The condition names the clusters.',
}

/**
 * What the rollout function may do about services of Amazon ECS: exactly those that were declared, as long as the policy can name them; then those of their clusters.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export class EcsRights {
  readonly #function: OverlapFunction
  readonly #services = new Map<string, Set<string>>()
  readonly #tasks = new GrowingStatement({ sid: 'LookAtTasks', actions: ['ecs:DescribeTasks'] })
  readonly #listing = new GrowingStatement({
    sid: 'ListTasks',
    actions: ['ecs:ListTasks'],
    resources: ['*'],
  })
  #length = 0

  constructor(rollout: OverlapFunction) {
    this.#function = rollout
    acknowledgeWildcard(rollout.role, '*', reasons.listing)
    const services = new GrowingStatement({
      sid: 'RollServices',
      actions: ['ecs:DescribeServices', 'ecs:ListServiceDeployments', 'ecs:UpdateService'],
      resources: Lazy.list({ produce: () => this.#resources() }),
    })
    rollout.allow(services, this.#tasks, this.#listing)
  }

  add(cluster: string, service: string): void {
    const known = this.#services.get(cluster)
    if (known?.has(service)) return
    if (known === undefined) this.#addCluster(cluster)
    this.#services.set(cluster, new Set([...(known ?? []), service]))
    const wasWide = this.#isWide
    this.#length += this.#service(cluster, service).length + '"",'.length
    if (!this.#isWide) return
    const wide = wasWide ? [cluster] : [...this.#services.keys()]
    for (const each of wide)
      acknowledgeWildcard(this.#function.role, this.#service(each, '*'), reasons.services)
  }

  get #isWide(): boolean {
    return this.#length > MAX_SERVICE_ARNS
  }

  #addCluster(cluster: string): void {
    const tasks = this.#arn('task', `${cluster}/*`)
    acknowledgeWildcard(this.#function.role, tasks, reasons.tasks)
    this.#tasks.addResources(tasks)
    const clusters = [...this.#services.keys(), cluster].map((each) => this.#arn('cluster', each))
    this.#listing.addCondition('ArnEquals', { 'ecs:cluster': clusters })
  }

  #resources(): string[] {
    return [...this.#services].flatMap(([cluster, services]) =>
      this.#isWide
        ? [this.#service(cluster, '*')]
        : [...services].map((service) => this.#service(cluster, service)),
    )
  }

  #service(cluster: string, service: string): string {
    return this.#arn('service', `${cluster}/${service}`)
  }

  #arn(resource: string, resourceName: string): string {
    return Stack.of(this.#function).formatArn({ service: 'ecs', resource, resourceName })
  }
}

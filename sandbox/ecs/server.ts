import { type Clock, systemClock } from '../clock.ts'
import { type JsonService, type Members, Refusal, startJsonService } from '../json-service.ts'
import { describedDeployment, describedService, describedTask, EcsArns, listedDeployment } from './answers.ts'
import { clusterOf, createdAtOf, invalid, nameOf, only, page, text, texts } from './request.ts'
import { type SeededService, Service } from './service.ts'
import type { Health } from './task.ts'

export type { SeededService } from './service.ts'
export type { Health } from './task.ts'

export interface EcsOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  readonly clock?: Clock
}

/** `url` is for AWS_ENDPOINT_URL_ECS. Methods throw for a service that is not there. */
export interface Ecs extends JsonService {
  seed(service: SeededService): void
  /** What becomes of tasks of the deployments that begin from now on. */
  setHealth(cluster: string, service: string, health: Health): void
  /** Ends every task, as a failure of what they run on does; the service replaces them. */
  stopTasks(cluster: string, service: string): void
  /** Ends a service with its tasks, as DeleteService does with `force`. */
  delete(cluster: string, service: string): void
}

/**
 * Amazon ECS on loopback, as far as one deploys a service and looks at it, in AWS JSON 1.1
 * (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html). Tasks and deployments go their way by the clock.
 */
export async function startEcs(options: EcsOptions = {}): Promise<Ecs> {
  const { clock = systemClock, region = 'us-east-1', accountId = '123456789012' } = options
  const arns = new EcsArns(region, accountId)
  const clusters = new Map<string, Map<string, Service>>()

  function clusterAt(cluster: string): Map<string, Service> {
    const services = clusters.get(cluster)
    if (services === undefined) throw new Refusal('ClusterNotFoundException', 'Cluster not found.')
    return services
  }

  function serviceAt(cluster: string, name: string): Service {
    const service = clusterAt(cluster).get(name)
    if (service === undefined) throw new Refusal('ServiceNotFoundException', 'Service not found.')
    return service
  }

  function taskAt(request: Members, reference: string) {
    const services = [...clusterAt(clusterOf(request)).values()]
    const tasks = services.flatMap((service) => service.tasks.map((task) => ({ service, task })))
    return tasks.find(({ task }) => task.id === nameOf(reference))
  }

  const operations: Readonly<Record<string, (request: Members) => Members>> = {
    DescribeServices(request) {
      only(request, 'cluster', 'services')
      const services = clusterAt(clusterOf(request))
      const asked = texts(request, 'services', 10).map((one) => [one, services.get(nameOf(one))] as const)
      return {
        services: asked.flatMap(([, service]) => (service ? [describedService(service, arns)] : [])),
        failures: asked.flatMap(([one, service]) => (service ? [] : [{ arn: one, reason: 'MISSING' }])),
      }
    },

    UpdateService(request) {
      only(request, 'cluster', 'service', 'forceNewDeployment', 'desiredCount')
      const service = serviceAt(clusterOf(request), nameOf(text(request, 'service')))
      if (!service.active) throw new Refusal('ServiceNotActiveException', 'Service was not ACTIVE.')
      const { forceNewDeployment, desiredCount } = request
      if (forceNewDeployment === true && (service.seeded.controller ?? 'ECS') !== 'ECS')
        throw invalid(
          `Unable to force a deployment of a service with a ${service.seeded.controller} deployment controller.`,
        )
      if (typeof desiredCount === 'number') {
        service.desiredCount = desiredCount
        service.reconcile()
      }
      if (forceNewDeployment === true) service.deploy()
      return { service: describedService(service, arns) }
    },

    ListServiceDeployments(request) {
      only(request, 'cluster', 'service', 'status', 'createdAt', 'nextToken', 'maxResults')
      const service = serviceAt(clusterOf(request), nameOf(text(request, 'service')))
      const { after, before } = createdAtOf(request)
      const statuses = request.status === undefined ? undefined : texts(request, 'status', 20)
      const found = service.deployments.filter(
        ({ createdAt, status }) =>
          createdAt > after && createdAt < before && (statuses?.includes(status) ?? true),
      )
      const { items, nextToken } = page(found.toReversed(), request, 20)
      return { serviceDeployments: items.map((one) => listedDeployment(service, one, arns)), nextToken }
    },

    DescribeServiceDeployments(request) {
      only(request, 'serviceDeploymentArns')
      const asked = texts(request, 'serviceDeploymentArns', 20)
      const all = [...clusters.values()].flatMap((services) => [...services.values()])
      const known = new Map(
        all.flatMap((service) =>
          service.deployments.map((one) => [arns.deployment(service, one), [service, one] as const] as const),
        ),
      )
      return {
        serviceDeployments: asked.flatMap((arn) => {
          const [service, deployment] = known.get(arn) ?? []
          return service && deployment ? [describedDeployment(service, deployment, arns)] : []
        }),
        failures: asked.filter((arn) => !known.has(arn)).map((arn) => ({ arn, reason: 'MISSING' })),
      }
    },

    ListTasks(request) {
      only(request, 'cluster', 'serviceName', 'desiredStatus', 'nextToken', 'maxResults')
      const service = serviceAt(clusterOf(request), nameOf(text(request, 'serviceName')))
      const { desiredStatus = 'RUNNING' } = request
      const found = service.tasks.filter((task) => task.desiredStatus === desiredStatus)
      const { items, nextToken } = page(found, request, 100)
      return { taskArns: items.map((task) => arns.task(service, task)), nextToken }
    },

    DescribeTasks(request) {
      only(request, 'cluster', 'tasks')
      const asked = texts(request, 'tasks', 100).map((arn) => ({ arn, found: taskAt(request, arn) }))
      return {
        tasks: asked.flatMap(({ found }) => (found ? [describedTask(found.service, found.task, arns)] : [])),
        failures: asked.flatMap(({ arn, found }) => (found ? [] : [{ arn, reason: 'MISSING' }])),
      }
    },

    StopTask(request) {
      only(request, 'cluster', 'task', 'reason')
      const found = taskAt(request, text(request, 'task'))
      if (found === undefined) throw invalid('The referenced task was not found.')
      found.task.stop(`${request.reason ?? 'Task stopped by user'}`)
      found.service.reconcile()
      return { task: describedTask(found.service, found.task, arns) }
    },
  }

  const endpoint = await startJsonService({
    port: options.port,
    target: 'AmazonEC2ContainerServiceV20141113',
    now: clock.now,
    perform(operation, request) {
      const answer = operations[operation]
      if (answer) return answer(request)
      throw new Refusal('UnknownOperationException', `${operation} is not part of the sandbox.`)
    },
  })
  return {
    ...endpoint,
    seed(seeded) {
      const services = clusters.get(seeded.cluster) ?? new Map<string, Service>()
      if (services.has(seeded.name)) throw new Error(`there is a service ${seeded.cluster}/${seeded.name}`)
      clusters.set(seeded.cluster, services.set(seeded.name, new Service(seeded, clock)))
    },
    setHealth(cluster, name, health) {
      serviceAt(cluster, name).health = health
    },
    stopTasks(cluster, name) {
      const service = serviceAt(cluster, name)
      for (const task of [...service.tasks]) task.stop('Host EC2 terminated')
      service.reconcile()
    },
    delete(cluster, name) {
      serviceAt(cluster, name).delete()
    },
    async close() {
      for (const services of clusters.values()) for (const service of services.values()) service.discard()
      await endpoint.close()
    },
  }
}

import type { Members } from '../json-service.ts'
import type { Service, ServiceDeployment } from './service.ts'
import type { Task } from './task.ts'

/** ARNs of an account's resources in ECS. */
export class EcsArns {
  readonly #prefix: string

  constructor(region: string, accountId: string) {
    this.#prefix = `arn:aws:ecs:${region}:${accountId}:`
  }

  cluster(cluster: string): string {
    return `${this.#prefix}cluster/${cluster}`
  }

  service({ seeded: { cluster, name } }: Service): string {
    return `${this.#prefix}service/${cluster}/${name}`
  }

  deployment({ seeded: { cluster, name } }: Service, { id }: ServiceDeployment): string {
    return `${this.#prefix}service-deployment/${cluster}/${name}/${id}`
  }

  revision({ seeded: { cluster, name } }: Service, revision: number): string {
    return `${this.#prefix}service-revision/${cluster}/${name}/${revision}`
  }

  task({ seeded: { cluster } }: Service, { id }: Task): string {
    return `${this.#prefix}task/${cluster}/${id}`
  }
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000)

const rolloutStates: Readonly<Record<ServiceDeployment['status'], string>> = {
  IN_PROGRESS: 'IN_PROGRESS',
  ROLLBACK_IN_PROGRESS: 'IN_PROGRESS',
  SUCCESSFUL: 'COMPLETED',
  ROLLBACK_SUCCESSFUL: 'COMPLETED',
  STOPPED: 'FAILED',
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html */
export function describedService(service: Service, arns: EcsArns): Members {
  const { seeded, tasks, desiredCount, createdAt } = service
  const counts = {
    desiredCount,
    runningCount: tasks.filter((task) => task.runs).length,
    pendingCount: tasks.filter((task) => task.alive && task.startedAt === undefined).length,
  }
  const newest = service.deployments.at(-1)
  return {
    serviceArn: arns.service(service),
    serviceName: seeded.name,
    clusterArn: arns.cluster(seeded.cluster),
    status: service.active ? 'ACTIVE' : 'INACTIVE',
    ...counts,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: seeded.controller ?? 'ECS' },
    deployments: [
      {
        id: `ecs-svc/${newest?.id ?? 'first'}`,
        status: 'PRIMARY',
        ...counts,
        failedTasks: newest?.failedTasks ?? 0,
        createdAt: seconds(newest?.createdAt ?? createdAt),
        rolloutState: newest === undefined ? 'COMPLETED' : rolloutStates[newest.status],
        rolloutStateReason: newest?.statusReason,
      },
    ],
    createdAt: seconds(createdAt),
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html */
export function listedDeployment(service: Service, deployment: ServiceDeployment, arns: EcsArns): Members {
  return {
    serviceDeploymentArn: arns.deployment(service, deployment),
    serviceArn: arns.service(service),
    clusterArn: arns.cluster(service.seeded.cluster),
    createdAt: seconds(deployment.createdAt),
    startedAt: seconds(deployment.createdAt),
    finishedAt: seconds(deployment.finishedAt),
    targetServiceRevisionArn: arns.revision(service, deployment.revision),
    status: deployment.status,
    statusReason: deployment.statusReason,
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html */
export function describedDeployment(service: Service, deployment: ServiceDeployment, arns: EcsArns): Members {
  const { targetServiceRevisionArn, ...listed } = listedDeployment(service, deployment, arns)
  const tasks = service.tasks.filter((task) => task.revision === deployment.revision)
  return {
    ...listed,
    targetServiceRevision: {
      arn: targetServiceRevisionArn,
      requestedTaskCount: service.desiredCount,
      runningTaskCount: tasks.filter((task) => task.runs).length,
      pendingTaskCount: tasks.filter((task) => task.alive && task.startedAt === undefined).length,
    },
    deploymentCircuitBreaker: {
      failureCount: deployment.failedTasks,
      status: service.seeded.circuitBreaker === undefined ? 'DISABLED' : 'MONITORING',
    },
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html */
export function describedTask(service: Service, task: Task, arns: EcsArns): Members {
  return {
    taskArn: arns.task(service, task),
    clusterArn: arns.cluster(service.seeded.cluster),
    group: `service:${service.seeded.name}`,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    createdAt: seconds(task.createdAt),
    startedAt: seconds(task.startedAt),
    stoppedAt: seconds(task.stoppedAt),
    stoppedReason: task.stoppedReason,
  }
}

import {
  type Deployment,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  type Failure,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  type ServiceDeploymentBrief,
  type ServiceDeploymentStatus,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { EcsDeployment, EcsServices, EcsTask } from '../rollout/ecs-services.ts'
import { OverlapError } from '../rotation/errors.ts'
import { rolloutFailed } from './rollout-failure.ts'

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_AT_ONCE = 100

const notOver: ServiceDeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
]

/** `signal` makes an AbortSignal for each call. */
export function ecsServices(client: ECSClient, signal: () => AbortSignal): EcsServices {
  const options = () => ({ abortSignal: signal() })
  const failing = (operation: string, cluster: string, service: string) => (error: unknown) =>
    rolloutFailed('ECS_FAILED', operation, error, { about: nameOf(cluster, service) })

  async function listDeployments(
    cluster: string,
    service: string,
    filter: { readonly status: ServiceDeploymentStatus[] } | { readonly createdAt: { readonly after: Date } },
  ): Promise<readonly ServiceDeploymentBrief[]> {
    return all(async (nextToken) => {
      const command = new ListServiceDeploymentsCommand({
        cluster,
        service,
        ...filter,
        nextToken,
        maxResults: 100,
      })
      const page = await client
        .send(command, options())
        .catch(failing('ListServiceDeployments', cluster, service))
      return { elements: page.serviceDeployments ?? [], next: page.nextToken }
    })
  }

  async function listTasks(cluster: string, serviceName: string, desiredStatus: 'RUNNING' | 'STOPPED') {
    return all(async (nextToken) => {
      const command = new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken })
      const page = await client.send(command, options()).catch(failing('ListTasks', cluster, serviceName))
      return { elements: page.taskArns ?? [], next: page.nextToken }
    })
  }

  async function describeTasks(cluster: string, service: string, tasks: string[]): Promise<readonly Task[]> {
    const command = new DescribeTasksCommand({ cluster, tasks })
    const { tasks: found = [], failures = [] } = await client
      .send(command, options())
      .catch(failing('DescribeTasks', cluster, service))
    const untold = failures.find(({ reason }) => reason !== 'MISSING')
    if (untold !== undefined) throw refused('DescribeTasks', cluster, service, untold)
    return found
  }

  return {
    async service(cluster, service) {
      const command = new DescribeServicesCommand({ cluster, services: [service] })
      const { services: [found] = [], failures: [failure] = [] } = await client
        .send(command, options())
        .catch(failing('DescribeServices', cluster, service))
      // One that was deleted is told of for a while.
      if (found === undefined || found.status === 'INACTIVE')
        throw refused('DescribeServices', cluster, service, failure ?? { reason: found?.status })
      return {
        controller: found.deploymentController?.type ?? 'ECS',
        desiredCount: found.desiredCount ?? 0,
        takenUp: takenUp(found.deployments ?? []),
        givenUp: givenUp(found.deployments ?? []),
      }
    },

    async deployments(cluster, service, since) {
      // ECS takes "after" at its word, and a moment is a moment of ours.
      const after = new Date(since - 1_000)
      const recent = await listDeployments(cluster, service, { createdAt: { after } })
      const underWay = await listDeployments(cluster, service, { status: notOver })
      const byArn = new Map([...recent, ...underWay].map((brief) => [brief.serviceDeploymentArn, brief]))
      return [...byArn.values()].map(deploymentOf)
    },

    async tasks(cluster, service) {
      // In this order: a task only ever goes from one list to the other, so none is missed.
      const running = await listTasks(cluster, service, 'RUNNING')
      const stopped = await listTasks(cluster, service, 'STOPPED')
      const arns = [...new Set([...running, ...stopped])]
      const described: EcsTask[] = []
      for (let at = 0; at < arns.length; at += TASKS_AT_ONCE) {
        const some = await describeTasks(cluster, service, arns.slice(at, at + TASKS_AT_ONCE))
        described.push(...some.map(taskOf))
      }
      return described
    },

    async forceDeployment(cluster, service) {
      await client
        .send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }), options())
        .catch(failing('UpdateService', cluster, service))
    },
  }
}

function nameOf(cluster: string, service: string): string {
  return `ecs:${cluster}/${service}`
}

function refused(operation: string, cluster: string, service: string, { reason, detail }: Failure) {
  const said = [reason ?? 'no answer', ...(detail === undefined ? [] : [detail])].join(': ')
  return new OverlapError(
    'ECS_FAILED',
    `${operation} of ${nameOf(cluster, service)} says ${said}. If the service is gone, take it out of the tag overlap:consumers`,
    { detail: { operation, awsError: reason ?? '' } },
  )
}

function takenUp(deployments: readonly Deployment[]): { readonly createdAt: number } | undefined {
  const primary = deployments.find(({ status }) => status === 'PRIMARY')
  return primary?.rolloutState === 'IN_PROGRESS' && primary.createdAt !== undefined
    ? { createdAt: primary.createdAt.getTime() }
    : undefined
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html */
function givenUp(deployments: readonly Deployment[]): string | undefined {
  const primary = deployments.find(({ status }) => status === 'PRIMARY')
  return primary?.rolloutState === 'FAILED'
    ? (primary.rolloutStateReason ?? 'ECS does not say why')
    : undefined
}

/** One without a state or a time is no end of a deployment, and nothing that began lately. */
function deploymentOf({ serviceDeploymentArn, status, statusReason, createdAt }: ServiceDeploymentBrief) {
  return {
    arn: serviceDeploymentArn ?? '',
    status: status ?? 'in no known state',
    reason: statusReason,
    createdAt: createdAt?.getTime() ?? 0,
  } satisfies EcsDeployment
}

/** One of which ECS does not say how it is runs, since when nobody knows. */
function taskOf({ lastStatus, desiredStatus, createdAt, startedAt }: Task): EcsTask {
  return {
    lastStatus: lastStatus ?? '',
    desiredStatus: desiredStatus ?? '',
    createdAt: createdAt?.getTime(),
    startedAt: startedAt?.getTime(),
  }
}

async function all<T>(
  fetch: (
    token: string | undefined,
  ) => Promise<{ readonly elements: readonly T[]; readonly next: string | undefined }>,
): Promise<readonly T[]> {
  const found: T[] = []
  let token: string | undefined
  do {
    const { elements, next } = await fetch(token)
    found.push(...elements)
    token = next
  } while (token !== undefined && token !== '')
  return found
}

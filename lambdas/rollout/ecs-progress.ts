import type { EcsDeployment, EcsService, EcsTask } from './ecs-services.ts'
import type { Progress } from './rollout.ts'

export interface EcsSight {
  readonly service: EcsService
  readonly deployments: readonly EcsDeployment[]
  readonly tasks: readonly EcsTask[]
}

/** How a deployment ends. `STOPPED`: a person stopped it, or it failed where it may not be rolled back. */
const failures: Readonly<Record<string, string>> = {
  ROLLBACK_SUCCESSFUL: 'was rolled back',
  ROLLBACK_FAILED: 'failed, and so did its rollback',
  STOPPED: 'was stopped before it was complete',
}

/**
 * How far a service is, in milliseconds since the epoch. It is there when the newest deployment since then was successful, or nobody deployed and its tasks
 * were replaced all the same, and no task is left that may hold an older version. What a service's own state calls stable is no proof: it is stable after a
 * rollback, too. What ECS has given up before is not deployed once more: the tasks of the deployment before it run, and would be replaced by tasks that do not come up.
 *
 * `command`: deploys the service once more.
 */
export function ecsProgress(
  { service, deployments, tasks }: EcsSight,
  since: number,
  command: string,
): Progress {
  const counts = countTasks(tasks, since)
  const told = counted(counts, service)
  if (service.desiredCount === 0 && counts.all === 0)
    return { state: 'done', detail: 'no task runs, nor is one wanted' }

  const underWay = deployments.find(({ status }) => status !== 'SUCCESSFUL' && !(status in failures))
  if (underWay !== undefined) return { state: 'running', detail: `${words(underWay)}; ${told}` }
  const [newest] = deployments
    .filter(({ createdAt }) => createdAt >= since)
    .toSorted((one, other) => other.createdAt - one.createdAt)
  // ECS may list a deployment a little later than it takes it up.
  if (newest === undefined && service.takenUp !== undefined && service.takenUp.createdAt >= since)
    return { state: 'running', detail: `a deployment was taken up; ${told}` }
  if (newest !== undefined && newest.status in failures)
    return {
      state: 'failed',
      detail: `${words(newest)}. ${told}. Find out why, then deploy it again: ${command}`,
    }
  if (newest === undefined && service.givenUp !== undefined && counts.staying > 0)
    return {
      state: 'failed',
      detail: `what the service is to run did not come up (${service.givenUp}), and a new deployment would come to the same. ${told}. Find out why, and deploy what works; or, if it works now: ${command}`,
    }
  if (newest === undefined && counts.staying > 0)
    return { state: 'absent', detail: `${told}; a new deployment replaces them` }
  const settled = counts.new > 0 && counts.staying + counts.starting + counts.leaving === 0
  return { state: settled ? 'done' : 'running', detail: told }
}

interface Counts {
  /** Tasks that have not ended. */
  readonly all: number
  /** They run, and whatever they read at their start they read after the version was there. */
  readonly new: number
  readonly starting: number
  /** Tasks that may hold an older version, and are to stay. */
  readonly staying: number
  /** Tasks that may hold an older version, and are to end. */
  readonly leaving: number
}

/** No container of such a task runs any more. */
const over: ReadonlySet<string> = new Set(['DEPROVISIONING', 'STOPPED', 'DELETED'])
const notYet: ReadonlySet<string> = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING'])

/**
 * A task is given its secrets before `startedAt`, which is when its containers run: images are pulled in between, which may take minutes. So what counts is that
 * the task itself was created later.
 */
function countTasks(tasks: readonly EcsTask[], since: number): Counts {
  const alive = tasks.filter(({ lastStatus }) => !over.has(lastStatus))
  const isStarting = ({ lastStatus, startedAt }: EcsTask) => notYet.has(lastStatus) || startedAt === undefined
  const isNew = ({ createdAt }: EcsTask) => createdAt !== undefined && createdAt > since
  const staying = alive.filter(({ desiredStatus }) => desiredStatus !== 'STOPPED')
  const running = staying.filter((task) => !isStarting(task))
  return {
    all: alive.length,
    new: running.filter(isNew).length,
    starting: staying.length - running.length,
    staying: running.filter((task) => !isNew(task)).length,
    leaving: alive.filter((task) => task.desiredStatus === 'STOPPED' && !isNew(task)).length,
  }
}

function counted(counts: Counts, { desiredCount }: EcsService): string {
  const further = [
    ...(counts.staying > 0 ? [`${counts.staying} began before the version was there`] : []),
    ...(counts.starting > 0 ? [`${counts.starting} are starting`] : []),
    ...(counts.leaving > 0 ? [`${counts.leaving} are stopping`] : []),
  ]
  return [`${counts.new} of ${desiredCount} tasks run that began since`, ...further].join(', ')
}

function words({ status, reason }: EcsDeployment): string {
  const said = reason === undefined || reason === '' ? '' : ` (${reason})`
  return `the deployment ${failures[status] ?? `is ${status}`}${said}`
}

import { ServiceDeploymentStatus } from '@aws-sdk/client-ecs'
import { describe, expect, it } from 'vitest'
import { type EcsSight, ecsProgress } from '../../lambdas/rollout/ecs-progress.ts'
import type { EcsDeployment, EcsTask } from '../../lambdas/rollout/ecs-services.ts'

const SINCE = 100_000

const deployment = (status: string, createdAt: number, reason?: string): EcsDeployment => ({
  arn: `arn:${status}:${createdAt}`,
  status,
  reason,
  createdAt,
})
const task = (createdAt: number | undefined, more: Partial<EcsTask> = {}): EcsTask => ({
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  createdAt,
  startedAt: createdAt === undefined ? undefined : createdAt + 30_000,
  ...more,
})
const older = task(10_000)
const newer = task(SINCE + 1)
const starting = (lastStatus: string) => task(SINCE + 1, { lastStatus, startedAt: undefined })

const sight = (
  tasks: readonly EcsTask[],
  deployments: readonly EcsDeployment[] = [],
  service: Partial<EcsSight['service']> = {},
): EcsSight => ({
  service: { controller: 'ECS', desiredCount: 2, takenUp: undefined, givenUp: undefined, ...service },
  deployments,
  tasks,
})
const stateOf = (seen: EcsSight) => ecsProgress(seen, SINCE, 'aws ecs').state

const givenUp = { givenUp: 'tasks failed to start' }
const successful = deployment('SUCCESSFUL', SINCE)

describe('how far a service of ECS is', () => {
  it.each<[string, EcsSight, string]>([
    ['nobody deployed it', sight([older, older]), 'absent'],
    ['one task of two is older', sight([newer, older]), 'absent'],
    ['it was deployed and every task is newer', sight([newer, newer], [successful]), 'done'],
    ['nobody deployed it and every task was replaced', sight([newer, newer]), 'done'],
    ['nothing is wanted and nothing runs', sight([], [], { desiredCount: 0 }), 'done'],
    ['nothing is wanted and an older one still runs', sight([older], [], { desiredCount: 0 }), 'absent'],
    ['tasks are wanted and none is there', sight([]), 'running'],
    ['tasks are wanted, none is there, and it was deployed', sight([], [successful]), 'running'],
    ['it was deployed before', sight([older, older], [deployment('SUCCESSFUL', SINCE - 1)]), 'absent'],
    ['it was deployed, and an older task runs on', sight([newer, newer, older], [successful]), 'running'],
    [
      'it was deployed, and an older task is only about to stop',
      sight([newer, newer, { ...older, desiredStatus: 'STOPPED' }], [successful]),
      'running',
    ],
    [
      'it was deployed, and the older tasks have stopped',
      sight([newer, newer, { ...older, desiredStatus: 'STOPPED', lastStatus: 'STOPPED' }], [successful]),
      'done',
    ],
    [
      'it was deployed, and a newer task is about to stop',
      sight([newer, newer, { ...newer, desiredStatus: 'STOPPED' }], [successful]),
      'done',
    ],
    [
      'the older tasks are about to stop, and nobody deployed it',
      sight([newer, newer, { ...older, desiredStatus: 'STOPPED' }]),
      'running',
    ],
    [
      'a task was created before and came to run after',
      sight([newer, task(SINCE - 1_000, { startedAt: SINCE + 90_000 })]),
      'absent',
    ],
    ['a task was created at that very moment', sight([newer, task(SINCE)]), 'absent'],
    [
      'nobody knows when a task was created',
      sight([newer, task(undefined, { startedAt: SINCE + 9 })]),
      'absent',
    ],
    ['nobody knows since when a task runs', sight([newer, { ...newer, startedAt: undefined }]), 'running'],
    [
      'a task without a state is there',
      sight([newer, { ...older, lastStatus: '', desiredStatus: '' }], [successful]),
      'running',
    ],
    [
      'a deployment that began before is under way',
      sight([older, older], [deployment('IN_PROGRESS', SINCE - 50_000)]),
      'running',
    ],
    [
      'a newer deployment is under way after one that was successful',
      sight([newer, newer], [successful, deployment('IN_PROGRESS', SINCE + 5)]),
      'running',
    ],
    [
      'one failed and a newer one was successful',
      sight(
        [newer, newer],
        [deployment('ROLLBACK_SUCCESSFUL', SINCE + 1), deployment('SUCCESSFUL', SINCE + 2)],
      ),
      'done',
    ],
    [
      'one was successful and a newer one failed',
      sight(
        [newer, newer],
        [deployment('ROLLBACK_SUCCESSFUL', SINCE + 2), deployment('SUCCESSFUL', SINCE + 1)],
      ),
      'failed',
    ],
    [
      'one failed before, and nobody tried since',
      sight([older, older], [deployment('ROLLBACK_SUCCESSFUL', SINCE - 1)]),
      'absent',
    ],
    [
      'ECS has taken up a deployment that it does not list yet',
      sight([older, older], [], { takenUp: { createdAt: SINCE + 1 } }),
      'running',
    ],
    [
      'what ECS took up began before, and is not listed as under way',
      sight([older, older], [], { takenUp: { createdAt: SINCE - 1 } }),
      'absent',
    ],
    ['ECS has given up before', sight([older, older], [], givenUp), 'failed'],
    ['ECS has given up before, and some tasks were replaced', sight([newer, older], [], givenUp), 'failed'],
    ['ECS has given up before, and all tasks were replaced', sight([newer, newer], [], givenUp), 'done'],
    [
      'ECS has given up before, and somebody deploys',
      sight([older], [deployment('PENDING', SINCE)], givenUp),
      'running',
    ],
    ['ECS has given up before, and no task is left', sight([], [], givenUp), 'running'],
  ])('when %s', (_, seen, state) => {
    expect(stateOf(seen)).toBe(state)
  })

  it.each(['PROVISIONING', 'PENDING', 'ACTIVATING'])('is not there while a task is %s', (status) => {
    expect(stateOf(sight([newer, starting(status)], [successful]))).toBe('running')
    expect(stateOf(sight([newer, starting(status)]))).toBe('running')
  })

  it.each([...Object.values(ServiceDeploymentStatus), 'SOME_NEW_STATE', 'in no known state'])(
    'when its deployment is %s, and its tasks are newer',
    (status) => {
      const ends: Readonly<Record<string, string>> = {
        SUCCESSFUL: 'done',
        STOPPED: 'failed',
        ROLLBACK_SUCCESSFUL: 'failed',
        ROLLBACK_FAILED: 'failed',
      }
      expect(stateOf(sight([newer, newer], [deployment(status, SINCE + 1)]))).toBe(ends[status] ?? 'running')
    },
  )

  it('says why it failed, and what to do', () => {
    const failed = deployment('ROLLBACK_SUCCESSFUL', SINCE + 1, 'the circuit breaker')
    expect(ecsProgress(sight([older, older], [failed]), SINCE, 'aws ecs update-service').detail).toBe(
      'the deployment was rolled back (the circuit breaker). 0 of 2 tasks run that began since, 2 began before the version was there. Find out why, then deploy it again: aws ecs update-service',
    )
  })

  it('says of what ECS has given up before that it is not deployed once more', () => {
    expect(ecsProgress(sight([older, older], [], givenUp), SINCE, 'aws ecs').detail).toBe(
      'what the service is to run did not come up (tasks failed to start), and a new deployment would come to the same. 0 of 2 tasks run that began since, 2 began before the version was there. Find out why, and deploy what works; or, if it works now: aws ecs',
    )
  })

  it('counts what it waits for', () => {
    const seen = sight(
      [newer, older, starting('PENDING'), { ...older, desiredStatus: 'STOPPED' }],
      [deployment('IN_PROGRESS', SINCE + 1)],
    )
    expect(ecsProgress(seen, SINCE, '').detail).toBe(
      'the deployment is IN_PROGRESS; 1 of 2 tasks run that began since, 1 began before the version was there, 1 are starting, 1 are stopping',
    )
  })
})

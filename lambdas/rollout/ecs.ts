import { quoted } from '../rotation/way-out.ts'
import type { Consumer } from './consumer.ts'
import { ecsProgress } from './ecs-progress.ts'
import type { EcsServices } from './ecs-services.ts'
import type { Rollout } from './rollout.ts'

/**
 * Services of Amazon ECS, deployed by ECS itself. A task is taken to read its secret when it starts, by `secrets` of its task definition or by its own
 * code, and never again before it ends. So every task is replaced; nothing is stamped on the service, and its task definition stays as it is. A tag of an image that was moved, and the platform
 * version LATEST, are what they are at that moment: images are to be named by digest, or by tags that stay.
 *
 * What is asked last are the tasks: one that appears after the deployments were read is seen, and one that is seen is judged by its own time.
 */
export function ecsRollout(ecs: EcsServices): Rollout<Extract<Consumer, { readonly kind: 'ecs' }>> {
  return {
    async start({ cluster, service }) {
      await ecs.forceDeployment(cluster, service)
      return undefined
    },
    async progress({ cluster, service }, { since }) {
      const found = await ecs.service(cluster, service)
      if (found.controller !== 'ECS') return { state: 'failed', detail: notDriven(found.controller) }
      const deployments = await ecs.deployments(cluster, service, since)
      const tasks = await ecs.tasks(cluster, service)
      return ecsProgress({ service: found, deployments, tasks }, since, deployCommand(cluster, service))
    },
  }
}

function deployCommand(cluster: string, service: string): string {
  return `aws ecs update-service --cluster ${quoted(cluster)} --service ${quoted(service)} --force-new-deployment`
}

/** What another controller deploys is neither listed as a deployment of the service nor begun by UpdateService. */
function notDriven(controller: string): string {
  return `its tasks are deployed by ${controller}, which Overlap does not drive: declare it in the tag overlap:consumers as event:NAME or manual:NAME, and have that acknowledged after each deployment`
}

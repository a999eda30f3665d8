import { consumerFunctions } from '../aws/consumer-functions.ts'
import { ecsServices } from '../aws/ecs-services.ts'
import { eventBridgeClient } from '../aws/report-clients.ts'
import { consumerFunctionsClient, ecsClient } from '../aws/rollout-clients.ts'
import { rolloutEvents } from '../aws/rollout-events.ts'
import { telemetry } from '../aws/telemetry.ts'
import { ecsRollout } from '../rollout/ecs.ts'
import { eventRollout } from '../rollout/event.ts'
import { rolloutHandler } from '../rollout/handler.ts'
import { lambdaRollout } from '../rollout/lambda-function.ts'
import { deploymentOf } from '../rotation/environment.ts'

const [ecs, lambda, events] = [ecsClient(), consumerFunctionsClient(), eventBridgeClient()]
const deployment = deploymentOf(process.env, 'rollout')
const rolloutsFor = (signal: () => AbortSignal) => ({
  ecs: ecsRollout(ecsServices(ecs, signal)),
  lambda: lambdaRollout(consumerFunctions(lambda, signal)),
  event: eventRollout(rolloutEvents(events, signal), deployment),
})
export const handler = rolloutHandler({ telemetry, rolloutsFor })

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Stack } from '../assembly/assembly.ts'
import type { Services } from '../services.ts'
import { accountOnlyMakers } from './account-only.ts'
import type { Addresses } from './addresses.ts'
import { customResourceMaker } from './custom-resources.ts'
import { dashboardMakers } from './dashboards.ts'
import { functionMakers } from './functions.ts'
import { messageMakers } from './messages.ts'
import { monitoringMakers } from './monitoring.ts'
import type { Authorities } from './provider-variable.ts'
import { scheduleMakers } from './schedules.ts'
import { secretMakers } from './secrets.ts'
import { type DeployedStack, deployStack, type Make, type Makers, type Output } from './stack.ts'

export interface Surroundings {
  readonly services: Services
  /** Of Secrets Manager. */
  readonly client: SecretsManagerClient
  readonly addresses: Addresses
  readonly authorities: Authorities
  /** Variables that every function gets besides its own. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Deployment {
  /** Every stack's outputs together. */
  readonly outputs: readonly Output[]
  /** As `cdk destroy`: every stack, the last one first. May be called once. */
  destroy(): Promise<void>
}

/** As `cdk deploy --all`: every stack, each after those that it needs. Throws what the first one that fails throws. */
export async function deploy(stacks: readonly Stack[], around: Surroundings): Promise<Deployment> {
  const makers = makersOf(around)
  const deployed: DeployedStack[] = []
  for (const stack of stacks) deployed.push(await deployStack(stack, makers))
  return {
    outputs: deployed.flatMap(({ outputs }) => outputs),
    async destroy() {
      for (const stack of deployed.reverse()) await stack.destroy()
    },
  }
}

function makersOf(around: Surroundings): Makers {
  const { services, client, addresses, authorities, environment } = around
  const { lambda, events, permissions } = services
  const providers = new Map<string, string>()
  const custom = customResourceMaker(lambda, providers)
  const makers: Readonly<Record<string, Make>> = {
    ...accountOnlyMakers,
    ...functionMakers({ lambda, events, permissions, addresses, authorities, environment, providers }),
    ...secretMakers(client, addresses),
    ...scheduleMakers(services.scheduler),
    ...messageMakers(services),
    ...monitoringMakers(services.cloudwatch),
    ...dashboardMakers(services.cloudwatch, lambda),
  }
  return (type) => (type.startsWith('Custom::') ? custom : makers[type])
}

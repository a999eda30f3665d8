import { answered } from '../rotation/answered.ts'
import type { AskedByDeployment } from '../rotation/asked-rotation.ts'
import { callSignal, type RemainingTime, spareTime } from '../rotation/deadline.ts'
import { deploymentOf, type Environment } from '../rotation/environment.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { SecretTags } from '../rotation/secret-tags.ts'
import { functionsVariable } from '../sweep/environment.ts'
import { adopt } from './adopt.ts'
import { type Adoption, parseAdoption } from './event.ts'

type Signal = () => AbortSignal

export interface AdoptFunction {
  readonly telemetry: Telemetry
  /** Holds `OVERLAP_FUNCTIONS`. */
  readonly environment: Environment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly tagsFor: (signal: Signal) => SecretTags
  /** The rotation function behind an ARN. */
  readonly rotateFor: (functionArn: string, signal: Signal) => AskedByDeployment
}

/** What the provider framework expects of an `onEvent` handler. */
export interface ProviderAnswer {
  readonly PhysicalResourceId: string
  readonly Data?: { readonly Result: string }
}

/** The adopt function as a deployment invokes it, through the provider framework. Rejects with OverlapError, which fails the deployment. */
export function adoptHandler({ telemetry, environment, tagsFor, rotateFor }: AdoptFunction) {
  const functions = functionsVariable(environment)
  const deployment = deploymentOf(environment, 'adopt')
  return async (event: unknown, context: RemainingTime): Promise<ProviderAnswer> => {
    const signal = () => callSignal(context)
    const adoption = await understood(telemetry, event)
    const adopting = {
      tags: tagsFor(signal),
      rotations: new Map(functions.map(({ rotate }) => [rotate, rotateFor(rotate, signal)])),
      deployment,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      spare: () => spareTime(context),
    }
    const secret = 'secretId' in adoption ? adoption.secretId : ''
    const { result } = await answered(
      telemetry,
      { kind: 'adopt', step: adoption.do, secret, version: '' },
      () => adopt(adopting, adoption),
    )
    return {
      PhysicalResourceId: adoption.physicalId,
      ...(result === undefined ? {} : { Data: { Result: result } }),
    }
  }
}

function understood(telemetry: Telemetry, event: unknown): Promise<Adoption> {
  const work = { kind: 'adopt', step: 'event', secret: '', version: '' }
  try {
    return Promise.resolve(parseAdoption(event))
  } catch (error) {
    return answered<never>(telemetry, work, () => Promise.reject(error))
  }
}

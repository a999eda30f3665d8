import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import type { Environment } from '../rotation/environment.ts'
import { iamCaller } from './iam-caller.ts'
import { callerClient, iamClient, iamEndpoint, onceClient } from './iam-clients.ts'
import { iamMint, iamRecords, iamRevocations, iamSights } from './iam-keys.ts'

/** Each invocation's calls of a function that rotates: none of them ends a key. */
export function iamForRotation(environment: Environment) {
  const client = iamClient()
  const once = onceClient()
  const endpoint = iamEndpoint(client, environment)
  return (context: RemainingTime) => {
    const signal = () => callSignal(context)
    return {
      endpoint,
      sights: iamSights(client, signal),
      caller: iamCaller(callerClient, signal),
      records: iamRecords(client, signal),
      mint: iamMint(once, signal),
    }
  }
}

/** Each invocation's calls of a function that retires: none of them mints a key. */
export function iamForRetirement(environment: Environment) {
  const client = iamClient()
  const once = onceClient()
  const endpoint = iamEndpoint(client, environment)
  return (context: RemainingTime) => {
    const signal = () => callSignal(context)
    const { deactivate, remove } = iamRevocations(once, signal)
    return {
      endpoint,
      sights: iamSights(client, signal),
      caller: iamCaller(callerClient, signal),
      records: iamRecords(client, signal),
      revocations: { ...iamRevocations(client, signal), deactivate, remove },
    }
  }
}

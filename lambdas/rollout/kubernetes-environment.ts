import type { Environment } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'

/** `OVERLAP_CLUSTER`: the name of the EKS cluster that the function serves. Throws `CONFIGURATION_INVALID`. */
export function clusterVariable({ OVERLAP_CLUSTER: name }: Environment): string {
  if (name !== undefined && /^[0-9A-Za-z][\w-]{0,99}$/.test(name)) return name
  throw new OverlapError('CONFIGURATION_INVALID', 'OVERLAP_CLUSTER must be the name of an EKS cluster')
}

import { OverlapError } from '../../rotation/errors.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { type Endpoints, everywhere } from './endpoints.ts'
import type { Pauses } from './serverless-pauses.ts'

/**
 * Where a user may have sessions, without what is paused: nobody is connected there, and a connection would wake it. Empty when all of it is paused. Only a
 * server that may pause is asked about. Throws `UNREACHABLE` when it cannot be told what is paused, and as `everywhere`.
 */
export async function awake(known: Endpoints, pauses: () => Promise<Pauses>): Promise<readonly Endpoint[]> {
  const all = everywhere(known)
  const members = known.members.filter(({ status }) => status === 'available')
  const mayPause = members.flatMap(({ pausing }) => (pausing === undefined ? [] : [pausing]))
  if (mayPause.length === 0) return all
  const paused = await (await pauses()).pausedAmong(mayPause)
  if (paused.size === 0) return all
  refuseUnknownEntrance(known)
  // A name of the cluster leads to one of these or to one that is paused, so it is not asked.
  return members
    .filter(({ pausing }) => pausing === undefined || !paused.has(pausing))
    .map(({ endpoint }) => endpoint)
}

/** Throws `UNREACHABLE` for an endpoint that may be one of the paused by another name. */
function refuseUnknownEntrance({ primary, declared, members, entrances }: Endpoints): void {
  const names = new Set([...members.map(({ endpoint }) => endpoint), ...entrances].map(endpointName))
  const unknown = [primary, ...declared].find((endpoint) => !names.has(endpointName(endpoint)))
  if (unknown)
    throw new OverlapError(
      'UNREACHABLE',
      `a part of the server is paused, and RDS does not know ${endpointName(unknown)}, so nobody can tell whether a look there would wake it. ` +
        'Let OVERLAP_POSTGRES_ENDPOINTS name its endpoint as RDS does',
      { detail: { endpoint: endpointName(unknown) } },
    )
}

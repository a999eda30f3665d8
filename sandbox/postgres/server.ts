import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Binaries, locateBinaries, type PostgresVersion } from './binaries.ts'
import { type Certificate, createCertificateAuthority } from './certificate.ts'
import { baseSettings, pgHba } from './configuration.ts'
import { type Login, type Query, queryAt } from './connection.ts'
import { type Keeper, startKeeper } from './keeper.ts'
import { writeOwned } from './owned-file.ts'
import { startPostmaster } from './postmaster.ts'
import { type Replica, replicaAt } from './replica.ts'
import { makeRunFolders, type RunFolders } from './run-folders.ts'
import { type ServerUser, serverUser } from './server-user.ts'
import { prepareTemplate, type Template } from './template.ts'

export interface PostgresOptions {
  /** Major version. @default 18 */
  readonly version?: PostgresVersion
  /** Adds a streaming replica. @default false */
  readonly replica?: boolean
  /** Lines of pg_hba.conf that come before the server's own, e.g. for logins with md5. */
  readonly hba?: readonly string[]
  /** Settings of postgresql.conf, on the primary and the replica. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A real PostgreSQL server on loopback: SCRAM-SHA-256 over TLS only, gone when this process is gone. */
export interface PostgresServer {
  readonly version: PostgresVersion
  readonly host: 'localhost'
  readonly port: number
  /** Process id of the primary's postmaster. */
  readonly pid: number
  /** Certificate authority of every server certificate here: PEM, and the path of a file with the same. */
  readonly ca: string
  readonly caFile: string
  /** What RDS gives as master user: CREATEROLE, CREATEDB, pg_monitor, pg_signal_backend, and no superuser. */
  readonly admin: Login
  readonly superuser: Login
  /** As the superuser unless the options name another user. */
  readonly query: Query
  readonly replica?: Replica
  readonly dataDirectory: string
  /** What all servers of this run have logged so far. */
  logs(): Promise<string>
  /** Paths of the files that the primary and the replica log to. */
  readonly logFiles: { readonly primary: string; readonly replica: string | undefined }
  /** The server's own, for what stands between a client and it: with another one SCRAM's channel binding would fail. */
  readonly certificate: Certificate
  /** Ends the servers and removes everything they wrote. May be called twice. */
  stop(): Promise<void>
}

const host = 'localhost'

/**
 * @throws when npm has no binaries for this platform, and with the server's log when it does not start
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const user = serverUser()
  const folders = makeRunFolders(user)
  const keeper = startKeeper([...new Set([folders.runFolder, folders.dataFolder])])
  try {
    const server = await start({ ...folders, user, keeper, options })
    keeper.release()
    return server
  } catch (error) {
    await keeper.end()
    throw error
  }
}

interface Run extends RunFolders {
  readonly user: ServerUser
  readonly keeper: Keeper
  readonly options: PostgresOptions
}

async function start(run: Run): Promise<PostgresServer> {
  const { user, keeper, runFolder, options } = run
  const version = options.version ?? 18
  const authority = await createCertificateAuthority()
  const caFile = join(runFolder, 'ca.pem')
  writeOwned(caFile, authority.ca, user, 0o644)
  const certificate = await authority.issueCertificate()
  const tlsFolder = writeServerCertificate(run, certificate)

  const binaries = await locateBinaries(version, run)
  const template = await prepareTemplate({ ...run, binaries })
  const startNode = (name: string, settings: Readonly<Record<string, string>>, standby: boolean) =>
    startNodeOf(run, {
      binaries,
      template,
      name,
      standby,
      settings: { ...baseSettings(tlsFolder), ...settings },
    })

  const primary = await startNode('primary', {}, false)
  const endpoint = { host, port: primary.port, ca: authority.ca }
  const superuser = { username: 'postgres', password: newPassword() }
  const admin = { username: 'admin', password: newPassword() }
  await createRoles(endpoint, template.initialPassword, { superuser, admin })
  const query = queryAt({ ...endpoint, login: superuser })

  let replica: Replica | undefined
  if (options.replica) {
    const conninfo = `host=${host} port=${primary.port} user=${superuser.username} password=${superuser.password} sslmode=verify-full sslrootcert=${caFile} application_name=replica`
    const node = await startNode(
      'replica',
      { primary_conninfo: conninfo, hot_standby_feedback: 'on', wal_retrieve_retry_interval: '100ms' },
      true,
    )
    const at = { host, port: node.port, pid: node.pid }
    replica = replicaAt(
      { ...at, query: queryAt({ host, port: node.port, ca: authority.ca, login: superuser }) },
      query,
    )
    await replica.caughtUp()
  }

  return {
    version,
    host,
    port: primary.port,
    pid: primary.pid,
    ca: authority.ca,
    caFile,
    admin,
    superuser,
    query,
    ...(replica ? { replica } : {}),
    dataDirectory: primary.dataDirectory,
    logs: async () =>
      ['primary', 'replica']
        .map((name) => logOf(run, name))
        .filter((path) => existsSync(path))
        .map((path) => readFileSync(path, 'utf8'))
        .join(''),
    logFiles: { primary: logOf(run, 'primary'), replica: replica && logOf(run, 'replica') },
    certificate,
    stop: () => keeper.end(),
  }
}

async function startNodeOf(
  run: Run,
  node: {
    readonly binaries: Binaries
    readonly template: Template
    readonly name: string
    readonly standby: boolean
    readonly settings: Readonly<Record<string, string>>
  },
): Promise<{ port: number; pid: number; dataDirectory: string }> {
  const dataDirectory = join(run.dataFolder, node.name)
  node.template.copyTo(dataDirectory)
  if (node.standby) writeOwned(join(dataDirectory, 'standby.signal'), '', run.user)
  const postmaster = await startPostmaster({
    ...run,
    binaries: node.binaries,
    dataDirectory,
    settings: { ...node.settings, ...run.options.settings },
    hba: pgHba(run.options.hba ?? []),
    log: logOf(run, node.name),
  })
  return { ...postmaster, dataDirectory }
}

/** The session logs no statement: this one time passwords are part of the text. */
async function createRoles(
  endpoint: { readonly host: string; readonly port: number; readonly ca: string },
  initialPassword: string,
  roles: { readonly superuser: Login; readonly admin: Login },
): Promise<void> {
  const query = queryAt({
    ...endpoint,
    login: { username: roles.superuser.username, password: initialPassword },
    sessionOptions: '-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1',
  })
  await query(`
    CREATE ROLE ${roles.admin.username} LOGIN CREATEROLE CREATEDB PASSWORD '${roles.admin.password}';
    GRANT pg_monitor, pg_signal_backend TO ${roles.admin.username};
    ALTER ROLE ${roles.superuser.username} PASSWORD '${roles.superuser.password}';
  `)
}

function writeServerCertificate(run: Run, certificate: Certificate): string {
  const folder = join(run.runFolder, 'tls')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  writeOwned(join(folder, 'server.crt'), certificate.cert, run.user, 0o644)
  writeOwned(join(folder, 'server.key'), certificate.key, run.user)
  return folder
}

function logOf(run: Run, name: string): string {
  return join(run.runFolder, `${name}.log`)
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** The text of a postgresql.conf. A later setting of one name wins, as in the server. */
export function postgresqlConf(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || /[\r\n]/.test(value))
        throw new Error(`not a PostgreSQL setting: ${name}`)
      return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`
    })
    .join('')
}

/** Host-based authentication: SCRAM over TLS and nothing else, after the lines that a caller wants first. */
export function pgHba(first: readonly string[]): string {
  return [
    ...first,
    'hostssl replication all all scram-sha-256',
    'hostssl all all all scram-sha-256',
    'hostnossl all all all reject',
    '',
  ].join('\n')
}

/**
 * What every server of the sandbox runs with. Log lines have the prefix that RDS gives them.
 */
export function baseSettings(tlsFolder: string): Record<string, string> {
  return {
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: `${tlsFolder}/server.crt`,
    ssl_key_file: `${tlsFolder}/server.key`,
    password_encryption: 'scram-sha-256',
    // Nothing here outlives the process that started it.
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '32MB',
    max_connections: '200',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m:%r:%u@%d:[%p]:',
    log_statement: 'ddl',
    log_min_error_statement: 'error',
    log_connections: 'on',
    log_disconnections: 'on',
    wal_level: 'replica',
    wal_keep_size: '64MB',
  }
}

/** Where a PostgreSQL server listens. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `host:port` with the host in lower case, since DNS names compare so; an IPv6 address goes in brackets. */
export function endpointName(endpoint: Endpoint): string {
  const host = endpoint.host.toLowerCase()
  return host.includes(':') ? `[${host}]:${endpoint.port}` : `${host}:${endpoint.port}`
}

/** The inverse of `endpointName`; undefined when the text is not `host:port`. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

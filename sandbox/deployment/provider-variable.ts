/** PEM of the authority of a server, by the `host:port` that it has here. */
export type Authorities = ReadonlyMap<string, string>

/** The JSON of OVERLAP_PROVIDER with the authority of a provider that is here; anything else stays as it is. */
export function trusting(json: string, authorities: Authorities): string {
  const value = JSON.parse(json) as { readonly definition?: unknown }
  const { definition } = value
  if (typeof definition !== 'object' || definition === null) return json
  const { hosts } = definition as { readonly hosts?: readonly string[] }
  const ca = hosts?.map((host) => authorities.get(host)).find((pem) => pem !== undefined)
  return ca === undefined ? json : JSON.stringify({ ...value, definition: { ...definition, ca } })
}

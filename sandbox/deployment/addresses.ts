/** Where a server really is, by the `host:port` that the template has for it. */
export type Addresses = ReadonlyMap<string, { readonly host: string; readonly port: number }>

/** The text with every `host:port` of the template replaced; anything else stays as it is. */
export function readdressed(text: string, addresses: Addresses): string {
  let result = text
  for (const [name, { host, port }] of addresses) result = result.replaceAll(name, `${host}:${port}`)
  return result
}

/** The JSON of a secret's value with members `host` and `port` replaced when they name such a server. */
export function readdressedSecret(json: string, addresses: Addresses): string {
  const value = JSON.parse(json) as Readonly<Record<string, unknown>>
  const address = addresses.get(`${value.host}:${value.port}`)
  return address ? JSON.stringify({ ...value, ...address }) : json
}

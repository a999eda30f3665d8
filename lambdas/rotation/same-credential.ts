/**
 * Do two values of a secret hold the same credential? Only when every field that both have is the same: which of them is the password is known to nobody
 * outside the adapter; or when they are the same in all, whatever their form.
 */
export function sameCredential(one: string, other: string): boolean {
  if (one === other) return true
  const [fields, others] = [fieldsOf(one), fieldsOf(other)]
  const shared = [...fields.keys()].filter((name) => others.has(name))
  return shared.length > 0 && shared.every((name) => fields.get(name) === others.get(name))
}

function fieldsOf(value: string): ReadonlyMap<string, string> {
  try {
    return new Map(
      Object.entries(JSON.parse(value) ?? {}).map(([name, field]) => [name, JSON.stringify(field)]),
    )
  } catch {
    // The error would repeat a part of the value.
    return new Map()
  }
}

import type { Json } from './provider.ts'

/** What a placeholder stands for: `keyId`, `name`, `with.x`, `admin`, `admin.x` and `key`. */
export type Values = ReadonlyMap<string, string>

const placeholder = /\{\{([^{}]*)\}\}/g

/** Names of the placeholders of a template, in order. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name)
}

/** Every placeholder must have a value: validation sees to that. */
export function filled(
  template: string,
  values: Values,
  written: (value: string) => string = (value) => value,
): string {
  return template.replace(placeholder, (_all, name: string) => {
    const value = values.get(name)
    if (value === undefined) throw new Error(`nothing is known of the placeholder ${name}`)
    return written(value)
  })
}

/** Every text of a document is a template; names of fields are not. */
export function filledDocument(document: Json, values: Values): Json {
  if (typeof document === 'string') return filled(document, values)
  if (typeof document !== 'object' || document === null) return document
  if (isList(document)) return document.map((element) => filledDocument(element, values))
  return Object.fromEntries(
    Object.entries(document).map(([field, value]) => [field, filledDocument(value, values)]),
  )
}

/** Every text of a document. */
export function textsOf(document: Json): readonly string[] {
  if (typeof document === 'string') return [document]
  if (typeof document !== 'object' || document === null) return []
  return Object.values(document).flatMap(textsOf)
}

export function withValues(values: Readonly<Record<string, string>> = {}): Values {
  return new Map(Object.entries(values).map(([name, value]) => [`with.${name}`, value]))
}

function isList(document: Json): document is readonly Json[] {
  return Array.isArray(document)
}

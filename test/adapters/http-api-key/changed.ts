import jsonpointer from 'jsonpointer'
import { expect } from 'vitest'
import { small } from './definition.ts'

/** A definition, the small one by default, with other values at pointers; undefined takes a field away. */
export function changed(changes: Readonly<Record<string, unknown>>, definition: object = small): object {
  const copy = structuredClone(definition)
  for (const [pointer, value] of Object.entries(changes)) jsonpointer.set(copy, pointer, value)
  return copy
}

/** That a definition is refused, naming this field. */
export const refusal = (field: string) =>
  expect.objectContaining({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringContaining(`${field} must be`),
  })

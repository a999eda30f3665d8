import type { Entry } from '../../lambdas/inventory/entry.ts'

/** Of the longest word, in characters: a table that has this much room cuts none. */
export const PATH_WORD_WIDTH = 9

/** The way to a credential's replacement in a word or two; all of it is told elsewhere. */
export function pathWord({ type, states, path: { kind, entry } }: Entry): string {
  if (states.includes('REPLICA')) return 'primary'
  if (states.includes('MANAGED_BY_AWS')) return 'AWS'
  if (type === 'access key') return states.includes('UNMANAGED') ? 'by hand' : 'Overlap'
  const isUnmanaged = states.includes('UNMANAGED')
  // What could not be pasted, Secrets Manager rotates by itself.
  if (isUnmanaged && entry === undefined) return 'AWS'
  if (states.includes('BLOCKED')) return 'blocked'
  if (kind === undefined) return 'not known'
  const word = words.get(kind) ?? kind
  if (word.length >= PATH_WORD_WIDTH) return 'other'
  // Its value is not read, so that is a guess.
  return isUnmanaged ? `${word}?` : word
}

/** Of kinds whose names are longer than a column. */
const words: ReadonlyMap<string, string> = new Map([
  ['iam-access-key', 'IAM key'],
  ['http-api-key', 'API key'],
])

import type { Entry } from '../../lambdas/inventory/entry.ts'
import { plainText } from '../plain-text.ts'

/** For overlap.config.ts: what is to be known of each entry as a comment, then the entry. Of what Overlap rotates already, or could not, there is none. */
export function* pasteLines(entries: Iterable<Entry>): Generator<string, void, undefined> {
  for (const entry of entries) {
    if (!canBePasted(entry)) continue
    yield `// ${plainText(entry.path.says)}`
    yield plainText(entry.path.entry)
  }
}

export function canBePasted(entry: Entry): entry is Entry & { path: { entry: string } } {
  return entry.path.entry !== undefined && entry.states.includes('UNMANAGED')
}

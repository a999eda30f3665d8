import type { Entry } from '../../lambdas/inventory/entry.ts'
import { plainText } from '../plain-text.ts'

/** For overlap.config.ts: what is to be known of each entry as a comment, then the entry. Of what Overlap rotates already, or could not, there is none. */
export function pasteLines(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ states, path: { says, entry } }) =>
    entry === undefined || !states.includes('UNMANAGED') ? [] : [`// ${plainText(says)}`, plainText(entry)],
  )
}

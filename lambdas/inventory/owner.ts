const own = 'overlap:owner'
const usual = ['owner', 'team']

/**
 * Whose a credential is: the first that is not empty of these tags, in any capitals: those of `first`, `overlap:owner`, `owner`, `team`. What others wrote, so
 * untrusted.
 */
export function ownerOf(tags: ReadonlyMap<string, string>, first: readonly string[]): string | undefined {
  for (const key of [...first, own, ...usual])
    for (const owner of [tags.get(key), ...inAnyCapitals(tags, key)])
      if (owner !== undefined && owner.trim() !== '') return owner.trim()
  return undefined
}

function inAnyCapitals(tags: ReadonlyMap<string, string>, key: string): readonly string[] {
  return [...tags].filter(([tag]) => tag.toLowerCase() === key.toLowerCase()).map(([, owner]) => owner)
}

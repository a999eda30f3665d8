/**
 * The path of a further field that repeats one of these texts; undefined: none does. Found are the text itself, the text as JSON, an address and Base64 write it, and the name of a
 * field. A copy that is encrypted or compressed is not. The path never holds the text.
 */
export function fieldThatRepeats(
  fields: readonly (readonly [path: string, value: unknown])[],
  texts: readonly string[],
): string | undefined {
  const written = texts.flatMap(spellings)
  const inBase64 = texts.flatMap(base64)
  const isCopy = (text: string) =>
    written.some((copy) => text === copy || (copy.length >= TELLING && text.includes(copy))) ||
    inBase64.some((copy) => plainBase64(text).includes(copy))
  for (const [field, value] of fields)
    for (const { path, text } of textsIn(field, value)) {
      if (isCopy(path)) return 'whose name holds the key'
      if (isCopy(text)) return path
    }
  return undefined
}

/** So many characters within a longer text are no coincidence; of a shorter key only a whole text is a copy. */
const TELLING = 12

function* textsIn(path: string, value: unknown): Generator<{ readonly path: string; readonly text: string }> {
  if (typeof value !== 'object' || value === null) yield { path, text: String(value) }
  else {
    yield { path, text: '' }
    for (const [key, inner] of Object.entries(value)) yield* textsIn(`${path}.${key}`, inner)
  }
}

function spellings(text: string): readonly string[] {
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]
}

/** What is the same in every Base64 of a longer text that holds this one: it begins at the first, second or third byte of a group. Of a short text that is too little to tell. */
function base64(text: string): readonly string[] {
  if (text.length < TELLING) return []
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    return bytes.toString('base64').slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3))
  })
}

/** Without the line breaks that tools put into it, and in the one of its two alphabets that Node.js writes. */
function plainBase64(text: string): string {
  return text.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
}

import jsonpointer from 'jsonpointer'

/** What a document holds at a JSON pointer; undefined: nothing. */
export function pointed(document: unknown, pointer: string): unknown {
  return pointer === '' ? document : isDocument(document) ? jsonpointer.get(document, pointer) : undefined
}

/** The same document with a value at a pointer, which makes what is not there on the way. */
export function placed(document: object, pointer: string, value: unknown): object {
  const copy = structuredClone(document)
  jsonpointer.set(copy, pointer, value)
  return copy
}

/** Is it a JSON pointer (RFC 6901) that leads to nothing but fields of a document? */
export function isPointer(text: string): boolean {
  return /^(\/([^~]|~[01])*)?$/.test(text) && !/(^|\/)(__proto__|prototype|constructor)(\/|$)/.test(text)
}

function isDocument(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * Names, owners and messages come from tags and servers, and anybody may have written them. Here they become one line of a message: no control or
 * invisible characters, which could forge a further line or turn its direction, and `longest` characters at most.
 */
export function plainText(text: string, longest: number): string {
  const line = [...text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()]
  return line.length <= longest ? line.join('') : `${line.slice(0, longest - 1).join('')}…`
}

/** For a subject, where mail allows printable ASCII alone. */
export function asciiText(text: string, longest: number): string {
  const ascii = plainText(text, longest)
    .replace(/…$/, '...')
    .replace(/[^\x20-\x7e]/g, '?')
  return ascii.slice(0, longest)
}

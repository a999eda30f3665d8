/** A text as JSON may hold it: editors and shells of Windows put a mark before it that no parser of JSON takes. https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** Markup that is safe to put into a page or a widget. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | undefined | readonly Html[]

/**
 * Markup from a template. Whatever is put into it is text, also between the quotes of an attribute, unless it is Html itself. It is meant for content and
 * for quoted attributes; inside `<script>` and `<style>` text is not safe, and nothing is put there.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, at) => `${text}${markup(parts[at - 1])}${string}`))
}

function markup(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'string' || typeof part === 'number') return escaped(`${part}`)
  return part.map(({ text }) => text).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Characters that nobody sees, and that turn the direction of others, are told as JavaScript would write them: a name cannot look like another, and what is
 * to be pasted as code means the same. Newlines and tabs stay.
 */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
    .replace(/(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu, written)
}

function written(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

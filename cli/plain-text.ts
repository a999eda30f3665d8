/**
 * Text of somebody else for a terminal: names, messages and statements may hold anything, and a terminal obeys control characters. Those become spaces;
 * characters that only change how others are shown are left out.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/\p{Cf}/gu, '')
}

/** On one line, and with the same characters escaped: JSON itself escapes none above U+001F. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

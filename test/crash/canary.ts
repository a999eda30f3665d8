/** A place where no secret may be, and everything that stands there. */
export interface Place {
  readonly name: string
  readonly text: string
}

/** A secret that was found where none may be. The secret itself is not told. */
export interface Finding {
  readonly place: string
  readonly encoding: string
}

/** Shorter ones would be found by chance. Characters. */
const SHORTEST = 12

/**
 * Looks for secrets as they are and as programs write them: quoted for JSON, SQL and URLs, in base64 at any offset, in hexadecimal, and
 * cut off at either end.
 */
export function canaries(secrets: Iterable<string>): (places: readonly Place[]) => Finding[] {
  const forms = [...new Set(secrets)].flatMap(formsOf)
  return (places) =>
    places.flatMap(({ name, text }) => {
      const lower = text.toLowerCase()
      return forms
        .filter(({ form, anyCase }) => (anyCase ? lower.includes(form.toLowerCase()) : text.includes(form)))
        .map(({ encoding }) => ({ place: name, encoding }))
    })
}

interface Form {
  readonly encoding: string
  readonly form: string
  readonly anyCase?: boolean
}

function formsOf(secret: string): Form[] {
  if (secret.length < SHORTEST) throw new Error('a canary this short would be found by chance')
  const bytes = Buffer.from(secret)
  return [
    { encoding: 'raw', form: secret },
    { encoding: 'cut off', form: secret.slice(0, SHORTEST) },
    { encoding: 'cut off', form: secret.slice(-SHORTEST) },
    { encoding: 'JSON', form: inJson(secret) },
    { encoding: 'JSON in JSON', form: inJson(inJson(secret)) },
    { encoding: 'SQL', form: secret.replaceAll("'", "''") },
    { encoding: 'SQL', form: secret.replaceAll('\\', '\\\\').replaceAll("'", "''") },
    { encoding: 'URL', form: encodeURIComponent(secret), anyCase: true },
    { encoding: 'URL', form: new URLSearchParams([['', secret]]).toString().slice(1), anyCase: true },
    { encoding: 'hex', form: bytes.toString('hex'), anyCase: true },
    ...[0, 1, 2].flatMap((offset) => [
      { encoding: 'base64', form: inBase64(bytes, offset, 'base64') },
      { encoding: 'base64url', form: inBase64(bytes, offset, 'base64url') },
    ]),
  ]
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** What base64 of anything with these bytes in it holds, when they begin `offset` bytes after a group of three. */
function inBase64(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const whole = Math.floor((offset + bytes.length) / 3) * 4
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding)
  // A group that holds a foreign byte is left out.
  return encoded.slice(offset === 0 ? 0 : 4, whole)
}

/**
 * The frames of PostgreSQL's protocol, version 3
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
export interface Message {
  /** One letter; empty for the packets that open a connection, which have none. */
  readonly type: string
  /** What follows the length. */
  readonly body: Buffer
  /** The whole frame as it came. */
  readonly frame: Buffer
}

/** Codes in the place of the protocol version. */
export const SSL_REQUEST = 80877103
export const GSSENC_REQUEST = 80877104
export const CANCEL_REQUEST = 80877102

/** Cuts a stream of bytes into messages. With `opening`, the first one is a packet without a type. */
export function messageSplitter(
  options: { readonly opening: boolean },
  onMessage: (message: Message) => void,
): (chunk: Buffer) => void {
  let opening = options.opening
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const start = opening ? 0 : 1
      if (rest.length < start + 4) return
      const end = start + rest.readInt32BE(start)
      if (rest.length < end) return
      const message = {
        type: opening ? '' : String.fromCharCode(rest[0] ?? 0),
        body: rest.subarray(start + 4, end),
        frame: rest.subarray(0, end),
      }
      opening = false
      rest = rest.subarray(end)
      onMessage(message)
    }
  }
}

/** The strings, each ended by a zero byte, that a body starts with. */
export function strings(body: Buffer, count: number): string[] {
  const found: string[] = []
  let from = 0
  while (found.length < count) {
    const to = body.indexOf(0, from)
    if (to < 0) break
    found.push(body.toString('utf8', from, to))
    from = to + 1
  }
  return found
}

/** The parameters of a StartupMessage, such as `user` and `database`. */
export function startupParameters(body: Buffer): ReadonlyMap<string, string> {
  const flat = strings(body.subarray(4), Number.POSITIVE_INFINITY)
  const parameters = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length && flat[at] !== ''; at += 2)
    parameters.set(flat[at] ?? '', flat[at + 1] ?? '')
  return parameters
}

/** What the server says right before it closes a connection. */
export function fatalError(sqlstate: string, message: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlstate}`, `M${message}`].map((field) => `${field}\0`).join('')
  const body = Buffer.from(`${fields}\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../../sandbox/iam/sha256.ts'

/** A call of GetCallerIdentity, or of what `fields` say, as it is signed. */
export interface SignedCall {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly method?: 'GET' | 'POST'
  readonly service?: string
  readonly region?: string
  /** Default now. */
  readonly signedAt?: Date
  readonly fields?: Readonly<Record<string, string>>
  /** Signed, too. */
  readonly headers?: Readonly<Record<string, string>>
  /** Not signed, although it is sent. */
  readonly unsigned?: readonly string[]
  /** Seconds: the signature is in the query string. */
  readonly expiresIn?: number
}

/** What goes over the wire, to be tampered with. */
export interface WireCall {
  readonly url: URL
  readonly method: string
  readonly headers: Record<string, string>
  body: string | undefined
}

export interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly message: string | undefined
  readonly text: string
}

export async function sign(endpoint: string, call: SignedCall): Promise<WireCall> {
  const { method = 'POST', service = 'sts', region = 'us-east-1', signedAt = new Date(), expiresIn } = call
  const fields = { Action: 'GetCallerIdentity', Version: '2011-06-15', ...call.fields }
  const url = new URL(endpoint)
  const isForm = method === 'POST'
  const body = isForm ? new URLSearchParams(fields).toString() : undefined
  const { accessKeyId, secretAccessKey, sessionToken } = call
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  })
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    query: isForm ? {} : fields,
    headers: {
      host: url.host,
      ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...call.headers,
    },
    body,
  }
  const unsignableHeaders = new Set(call.unsigned)
  const { query, headers } =
    expiresIn === undefined
      ? await signer.sign(request, { signingDate: signedAt, unsignableHeaders })
      : await signer.presign(request, { signingDate: signedAt, unsignableHeaders, expiresIn })
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value))
  return { url, method, headers, body }
}

/** `fetch` sets the header host by itself. */
export async function send({ url, method, headers, body }: WireCall): Promise<Answer> {
  const { host: _host, ...rest } = headers
  const response = await fetch(url, { method, headers: rest, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  const part = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(text)?.[1]
  return { status: response.status, code: part('Code'), message: part('Message'), text }
}

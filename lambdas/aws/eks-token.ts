import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentialIdentity, Checksum, SourceData } from '@smithy/types'

/** Seconds in which the token is good, as `aws eks get-token` has it. */
const EXPIRES_IN = 60

export interface TokenRequest {
  /** Name of the cluster. The token opens no other. */
  readonly cluster: string
  /** Of the cluster. */
  readonly region: string
  readonly credentials: () => Promise<AwsCredentialIdentity>
  readonly now: Date
}

/**
 * The bearer token by which an EKS cluster knows who calls: a call of sts:GetCallerIdentity, signed and not made, which names the cluster in a signed header. The cluster makes
 * it, and takes the answer for the caller's identity (https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster). It is a
 * credential: it belongs into one header, and nowhere else.
 */
export async function eksToken({ cluster, region, credentials, now }: TokenRequest): Promise<string> {
  const hostname = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 })
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    },
    { expiresIn: EXPIRES_IN, signingDate: now },
  )
  const fields = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(`${value}`)}`)
  const url = `https://${hostname}/?${fields.join('&')}`
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`
}

/** RFC 3986, as signatures have it: more is escaped than by encodeURIComponent. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

class Sha256 implements Checksum {
  readonly #secret: SourceData | undefined
  #hash: Hash | Hmac

  constructor(secret?: SourceData) {
    this.#secret = secret
    this.#hash = begun(secret)
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = begun(this.#secret)
  }
}

function begun(secret: SourceData | undefined): Hash | Hmac {
  if (secret === undefined) return createHash('sha256')
  return createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret))
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

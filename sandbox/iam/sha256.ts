import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { Checksum, SourceData } from '@smithy/types'

/** SHA-256, or with a key its HMAC, as @smithy/signature-v4 wants it. */
export class Sha256 implements Checksum {
  readonly #key: SourceData | undefined
  #hash: Hash | Hmac

  constructor(key?: SourceData) {
    this.#key = key
    this.#hash = begun(key)
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = begun(this.#key)
  }
}

function begun(key: SourceData | undefined): Hash | Hmac {
  if (key === undefined) return createHash('sha256')
  return createHmac('sha256', typeof key === 'string' ? key : bytesOf(key))
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

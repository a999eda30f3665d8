import type { CredentialAdapter, CredentialRetirer } from './adapter.ts'
import { type HttpApiKey, httpApiKeyCodec, refuseCopiedKey } from './http-api-key/credential.ts'
import { httpMinting } from './http-api-key/minting.ts'
import type { HttpApiKeyOptions } from './http-api-key/options.ts'
import { endpointOf, httpKeyPlace } from './http-api-key/place.ts'
import { httpRevoking } from './http-api-key/revoking.ts'
import { keyAdapter } from './keys/adapter.ts'
import { keyRetirer } from './keys/retirer.ts'

const kind = 'http-api-key'

/** Mints keys of a provider that is described as data (http-api-key/provider.ts), one beside the one in use. */
export function httpApiKeyAdapter(options: HttpApiKeyOptions): CredentialAdapter<HttpApiKey> {
  const place = { ...httpKeyPlace(options), ...httpMinting(options) }
  const adapter = keyAdapter({ ...options, kind, codec: codecFor(options), place })
  return {
    ...adapter,
    async preflight(current, waiting) {
      refuseCopiedKey(current)
      await adapter.preflight(current, waiting)
    },
    async create(current, context) {
      refuseCopiedKey(current)
      return adapter.create(current, context)
    },
  }
}

/** Takes a key that was replaced out of use, where the provider has such a thing, and deletes it later. */
export function httpApiKeyRetirer(options: HttpApiKeyOptions): CredentialRetirer<HttpApiKey> {
  const place = { ...httpKeyPlace(options), ...httpRevoking(options) }
  return keyRetirer({ ...options, kind, codec: codecFor(options), place })
}

function codecFor({ name, provider }: HttpApiKeyOptions) {
  return httpApiKeyCodec({ provider: name, endpoint: endpointOf(provider), begins: provider.key.begins })
}

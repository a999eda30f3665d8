import type { CredentialAdapter, CredentialRetirer } from './adapter.ts'
import type { HttpApiKey } from './http-api-key/credential.ts'
import { keyAdapter } from './keys/adapter.ts'
import type { KeyOptions } from './keys/options.ts'
import { keyRetirer } from './keys/retirer.ts'

/** Keys of a provider that is described as data (http-api-key/provider.ts). */
export const httpApiKeyAdapter: (options: KeyOptions<HttpApiKey>) => CredentialAdapter<HttpApiKey> =
  keyAdapter

export const httpApiKeyRetirer: (options: KeyOptions<HttpApiKey>) => CredentialRetirer<HttpApiKey> =
  keyRetirer

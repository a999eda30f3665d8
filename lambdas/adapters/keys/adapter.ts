import type { CredentialAdapter } from '../adapter.ts'
import type { KeyOptions } from './options.ts'

/** Of every kind whose target mints the credential. */
export function keyAdapter<C>(options: KeyOptions<C>): CredentialAdapter<C> {
  const { kind, place, codec } = options
  const later = () => Promise.reject(new Error('being written'))
  return {
    kind,
    overlap: place.mostKeys >= 2,
    parse: codec.parse,
    serialize: codec.serialize,
    target: codec.target,
    carried: codec.carried,
    principal: codec.keyId,
    preflight: later,
    create: later,
    set: later,
    test: later,
    reinstate: later,
  }
}

import type { CredentialRetirer } from '../adapter.ts'
import type { KeyOptions } from './options.ts'
import type { RevokingPlace } from './place.ts'

/** Of every kind whose target mints the credential. */
export function keyRetirer<C>({ kind, codec }: KeyOptions<C, RevokingPlace<C>>): CredentialRetirer<C> {
  const later = () => Promise.reject(new Error('being written'))
  return {
    kind,
    parse: codec.parse,
    principal: codec.keyId,
    login: later,
    sightings: later,
    disable: later,
    enable: later,
    remove: later,
    leave: later,
    reclaim: later,
  }
}

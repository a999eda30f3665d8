import type { KeyOptions } from '../keys/options.ts'
import type { HttpPlaceOptions } from './asking.ts'
import type { HttpApiKey } from './credential.ts'

/** What a rotation or a retirement of one secret, in one invocation, needs. */
export interface HttpApiKeyOptions
  extends HttpPlaceOptions,
    Pick<KeyOptions<HttpApiKey>, 'held' | 'patience'> {
  /** The provider's name in the deployment. */
  readonly name: string
}

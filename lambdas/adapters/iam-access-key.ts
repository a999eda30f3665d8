import type { CredentialAdapter, CredentialRetirer } from './adapter.ts'
import { iamAccessKeyCodec, refuseCopiedKey } from './iam-access-key/codec.ts'
import type { IamAccessKey } from './iam-access-key/credential.ts'
import { refuseAnother } from './iam-access-key/identity.ts'
import { iamMinting } from './iam-access-key/minting.ts'
import type {
  IamAccessKeyOptions,
  MintingCalls,
  RevokingCalls,
  SharedCalls,
} from './iam-access-key/options.ts'
import { secretMark } from './iam-access-key/record-tag.ts'
import { iamRecording } from './iam-access-key/recording.ts'
import { iamRevoking } from './iam-access-key/revoking.ts'
import { iamSeen } from './iam-access-key/sights.ts'
import { keyAdapter } from './keys/adapter.ts'
import { keyRetirer } from './keys/retirer.ts'

const kind = 'iam-access-key'

/** Mints access keys of an IAM user, one beside the one in use. */
export function iamAccessKeyAdapter(
  options: IamAccessKeyOptions,
  calls: MintingCalls,
): CredentialAdapter<IamAccessKey> {
  const { mark, place, shared } = sharedBy(options, calls)
  const minting = iamMinting({ mark, now: options.now, ...calls })
  const adapter = keyAdapter({ ...shared, place: { ...place, ...minting } })
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

/** Takes a key that was replaced out of use, and deletes it later. */
export function iamAccessKeyRetirer(
  options: IamAccessKeyOptions,
  calls: RevokingCalls,
): CredentialRetirer<IamAccessKey> {
  const { mark, place, shared } = sharedBy(options, calls)
  const revoking = iamRevoking({ mark, now: options.now, ...calls })
  return keyRetirer({ ...shared, place: { ...place, ...revoking } })
}

/** What both have. `place`: what they see, and record, there. */
function sharedBy(options: IamAccessKeyOptions, calls: SharedCalls) {
  const { secretArn, tags } = options
  const mark = secretMark(secretArn)
  return {
    mark,
    place: { ...iamSeen({ mark, ...calls }), ...iamRecording(mark, calls.records) },
    shared: {
      ...options,
      kind,
      codec: iamAccessKeyCodec(tags),
      unlisted: 'IAM_FAILED',
      refuseCurrent: (as: string, key: IamAccessKey) => refuseAnother(secretArn, as, key),
    },
  } as const
}

import type { CredentialAdapter, CredentialRetirer } from './adapter.ts'
import { iamAccessKeyCodec, refuseCopiedKey } from './iam-access-key/codec.ts'
import type { IamAccessKey } from './iam-access-key/credential.ts'
import { refuseAnother } from './iam-access-key/identity.ts'
import { iamMinting } from './iam-access-key/minting.ts'
import type { IamAccessKeyOptions, MintingCalls, RevokingCalls } from './iam-access-key/options.ts'
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
  const { secretArn, tags, now } = options
  const mark = secretMark(secretArn)
  const adapter = keyAdapter({
    ...options,
    kind,
    codec: iamAccessKeyCodec(tags),
    place: {
      ...iamSeen({ mark, ...calls }),
      ...iamRecording(mark, calls.records),
      ...iamMinting({ mark, now, ...calls }),
    },
    unlisted: 'IAM_FAILED',
    refuseCurrent: (as, key) => refuseAnother(secretArn, as, key),
  })
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
  const { secretArn, tags, now } = options
  const mark = secretMark(secretArn)
  return keyRetirer({
    ...options,
    kind,
    codec: iamAccessKeyCodec(tags),
    place: {
      ...iamSeen({ mark, ...calls }),
      ...iamRecording(mark, calls.records),
      ...iamRevoking({ mark, now, ...calls }),
    },
    unlisted: 'IAM_FAILED',
    refuseCurrent: (as, key) => refuseAnother(secretArn, as, key),
  })
}

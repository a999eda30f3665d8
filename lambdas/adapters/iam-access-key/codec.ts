import { OverlapError } from '../../rotation/errors.ts'
import type { KeyCodec } from '../keys/codec.ts'
import { fieldThatRepeats } from '../keys/copied-key.ts'
import type { IamAccessKey } from './credential.ts'
import { carriedCsv, isCsv, readCsv, writeCsv } from './csv-value.ts'
import { invalid, isUserName, type StoredFields } from './fields.ts'
import { carriedJson, readJson, writeJson } from './json-value.ts'

/** Tag of a secret: the IAM user whose key it holds. Needed where the value does not say it. */
export const USER_TAG = 'overlap:iam-user'

/**
 * What a secret with an access key holds: `{accessKeyId, secretAccessKey, userName}`, the same in AWS's own spellings, CreateAccessKey's answer, or the console's CSV
 * file. A rotation writes it back in the form and the order that it had; JSON without a byte order mark. `tags` are the secret's.
 */
export function iamAccessKeyCodec(tags: ReadonlyMap<string, string>): KeyCodec<IamAccessKey> {
  return {
    /** Throws `SECRET_INVALID` naming the field that is wrong, and `TARGET_NOT_ALLOWED` when the value is of another user than the tag says. */
    parse(secretString) {
      const { fields, stored } = isCsv(secretString) ? readCsv(secretString) : readJson(secretString)
      return { ...fields, userName: userOf(fields, tags.get(USER_TAG)), stored }
    },
    serialize({ accessKeyId, secretAccessKey, stored }) {
      return stored.form === 'csv'
        ? writeCsv(stored, accessKeyId, secretAccessKey)
        : writeJson(stored, accessKeyId, secretAccessKey)
    },
    target: (key) => key.userName,
    carried: ({ stored }) => JSON.stringify([formOf(stored), carriedFields(stored)]),
    keyId: (key) => key.accessKeyId,
    // IAM never gives an id another secret.
    rollsInPlace: false,
    secret: (key) => key.secretAccessKey,
  }
}

/**
 * Throws `SECRET_INVALID` naming a further field that repeats the key, such as the text of a configuration file: a rotation writes it back as it was, so
 * whoever reads it there would fail as soon as the old key is out of use.
 */
export function refuseCopiedKey({ accessKeyId, secretAccessKey, stored }: IamAccessKey): void {
  const field = fieldThatRepeats(carriedFields(stored), [accessKeyId, secretAccessKey])
  if (field !== undefined)
    throw invalid(
      field,
      'repeats the access key, and a rotation changes the fields of the key alone: whoever reads it there would go on using the old one. ' +
        'Let consumers put it together from those fields, then remove this one',
    )
}

function userOf({ userName: named }: StoredFields, tag: string | undefined): string {
  if (tag === undefined) {
    if (named !== undefined) return named
    throw new OverlapError(
      'SECRET_INVALID',
      `the secret value does not say whose key it is: add the field userName, or tag the secret ${USER_TAG} with the name of the IAM user`,
      { detail: { field: 'userName' } },
    )
  }
  if (named !== undefined && named !== tag)
    throw new OverlapError(
      'TARGET_NOT_ALLOWED',
      `the secret value holds a key of another IAM user than its tag ${USER_TAG} says. Store a key of that user, or correct the tag`,
    )
  if (!isUserName(tag))
    throw new OverlapError(
      'POLICY_INVALID',
      `tag ${USER_TAG} must be the name of an IAM user, without its path`,
    )
  return tag
}

function carriedFields(stored: IamAccessKey['stored']): readonly (readonly [string, unknown])[] {
  return stored.form === 'csv' ? carriedCsv(stored) : carriedJson(stored)
}

function formOf(stored: IamAccessKey['stored']): string {
  return stored.form === 'csv' ? 'csv' : `${stored.isAnswer ? 'answer ' : ''}${stored.spelling.id}`
}

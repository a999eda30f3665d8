import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter } from '../adapter.ts'
import { admin } from './admin.ts'
import type { Dialer } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { logInAsCurrent } from './current-login.ts'
import type { PostgresOptions } from './options.ts'
import { pairQuestion, refuseHalfOfPair } from './pair.ts'
import { type RepairedRecord, repairing } from './repairing.ts'
import { refuseAdminWithoutRights, refuseUnsuitableUser } from './suitability.ts'
import type { TimeLeft } from './time-left.ts'

const noPartner = { name: undefined, adopt: undefined }

/** Nothing is recorded of a user that is rotated by itself. */
function singleRecord(secretId: string): RepairedRecord {
  return {
    question: (username, adminName) => pairQuestion(secretId, noPartner, username, adminName),
    allow(catalog, user, adminName) {
      refuseHalfOfPair(catalog, user.name)
      refuseUnsuitableUser(user, adminName)
      const alone = { owner: user, partnerName: user.name, partner: undefined, stamp: undefined }
      refuseAdminWithoutRights(catalog, alone, user.name, adminName)
    },
    users: (_catalog, username) => [username],
    isRight: () => true,
    statements: () => [],
    missing: () =>
      'Bring the role back with what it owned, from a copy of the server that has it, then repair again',
  }
}

/** A user that is rotated by itself needs no admin, except to be repaired. */
export function repairingSingle(
  options: PostgresOptions,
  dial: Dialer,
  time: TimeLeft,
): NonNullable<CredentialAdapter<PostgresCredential>['repair']> {
  const { secretId } = options
  const identity = { secretId, wish: noPartner }
  const repair = repairing(
    { options, time, dial, admins: admin(options, dial), identity },
    singleRecord(secretId),
  )
  return async (current, fence) => {
    try {
      await (await logInAsCurrent(dial, current, current)).close()
      return 'works'
    } catch (error) {
      if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
      if (current.masterarn !== undefined) return repair(current, fence)
      throw new OverlapError(
        'CURRENT_REFUSED',
        `${error.message}. The value has no field masterarn, so there is no admin who could give ${current.username} the password of AWSCURRENT. Add the ARN of the ` +
          "admin's secret as that field, or let an administrator of the server set the password",
        { cause: error.cause, detail: error.detail },
      )
    }
  }
}

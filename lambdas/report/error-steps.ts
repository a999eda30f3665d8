import type { ErrorCode } from '../rotation/errors.ts'
import type { NextStep } from './step.ts'

/** What to do where a function failed; the message of the error says what is particular to the case. */
export const errorSteps: Readonly<Record<ErrorCode, NextStep>> = {
  EVENT_INVALID: {
    run: 'check',
    todo: 'Somebody invoked a function with something that neither Secrets Manager nor Overlap sends. Nothing was changed. CloudTrail knows who it was, if a trail logs Lambda data events.',
  },
  CONFIGURATION_INVALID: {
    run: 'check',
    todo: 'A variable of the function is missing or malformed, so it fails for all its secrets. Correct the deployment and deploy again.',
  },
  POLICY_INVALID: { run: 'check', todo: 'Correct the tag that the message names.' },
  SECRET_DELETED: {
    run: 'describe',
    todo: 'The secret is scheduled for deletion. Let it go, or restore it with aws secretsmanager restore-secret.',
  },
  MANAGED_SECRET: {
    run: 'describe',
    todo: 'Another AWS service owns and rotates this secret. Take the rotation function from it.',
  },
  ROTATION_DISABLED: {
    run: 'turn on',
    todo: 'Somebody turned rotation off. Ask why, and turn it on when that is over.',
  },
  NO_CURRENT_VERSION: {
    run: 'describe',
    todo: 'No version is AWSCURRENT, so whoever reads the secret reads nothing. Move AWSCURRENT to the version that works.',
  },
  STALE_TOKEN: {
    run: 'rotate',
    todo: 'An old attempt came once more and was refused, which is right. The sweep tidies up; rotate again if a rotation is wanted.',
  },
  NOT_PENDING: {
    run: 'rotate',
    todo: 'The rotation was cancelled or replaced by another one. Rotate again if a rotation is wanted.',
  },
  LABELS_MOVED: {
    run: 'describe',
    todo: 'Somebody moved a label meanwhile, so the step stopped. The next attempt begins with what is there now.',
  },
  PENDING_EMPTY: {
    run: 'check',
    todo: 'There is no new value yet, because createSecret was refused: its own finding says why.',
  },
  SECRET_INVALID: { run: 'check', todo: 'Correct the field of the secret value that the message names.' },
  TARGET_CHANGED: {
    run: 'check',
    todo: 'This rotation can never finish. Make sure that AWSCURRENT works; the message ends with the command that gives the rotation up.',
  },
  TARGET_NOT_ALLOWED: {
    run: 'check',
    todo: 'The secret leads where it may not. Correct what the message names where it stands: host and port, or the key, in the secret; its tag; or the endpoint or the definition of the provider in the deployment.',
  },
  TARGET_UNSUITABLE: {
    run: 'check',
    todo: 'The target (a user, an account at a provider) cannot be rotated as it is; the message says why, and what to change if anything can be.',
  },
  PROXY_UNSUPPORTED: {
    run: 'check',
    todo: 'Let the secret name the database itself: an RDS Proxy knows only one user for each secret.',
  },
  FAILED_LOGINS_NOT_ACCEPTED: {
    run: 'check',
    todo: 'A single-user rotation needs the tag overlap:accept-failed-logins=true; without the tag overlap:strategy two users alternate and no login fails.',
  },
  NEW_USER_NOT_ALLOWED: {
    run: 'check',
    todo: 'Tag the secret overlap:new-user=true if the user is to be made, or correct the user name in the secret.',
  },
  USER_MISSING: {
    run: 'provision',
    todo: 'The server has no such user. Have it made, or correct the user name in the secret.',
  },
  USER_EXISTS: {
    run: 'check',
    todo: 'The server has such a user whom the secret does not open. Store the password that opens it, or choose another name.',
  },
  ADMIN_SECRET_INVALID: {
    run: 'check',
    todo: 'Correct the admin secret, or the ARN that names it: masterarn in the secret, or, for a provider, adminSecretArn in the deployment. Every secret that it serves waits for it.',
  },
  ADMIN_LOGIN_REFUSED: {
    run: 'check',
    todo: 'The server or the provider refuses the admin: correct the admin secret, which masterarn in the secret names, or, for a provider, adminSecretArn in the deployment. Every secret that it serves waits for it.',
  },
  ADMIN_LACKS_RIGHT: {
    run: 'check',
    todo: 'Run the statement in the message as a user who may; the next attempt goes on.',
  },
  CURRENT_REFUSED: {
    run: 'check',
    todo: 'The target refuses what consumers read: new logins or calls fail. Somebody changed the user, the key or the secret outside; make the target and the secret agree again.',
  },
  PENDING_REFUSED: {
    run: 'hold',
    todo: 'The target refused the new credential, which was not published. Stop further attempts until it is known why: each is a login or a call that is refused, and with a single user consumers feel it.',
  },
  RIGHTS_DIFFER: {
    run: 'check',
    todo: 'Give the new user what the message lists, or make the rights of the new key those of the current one; the next attempt compares again.',
  },
  PROBE_FAILED: {
    run: 'check',
    todo: 'Grant what the query of the tag overlap:probe needs, or correct the query.',
  },
  DRAIN_IN_PROGRESS: {
    run: 'status',
    todo: 'The credential before is not retired yet, and the rotation goes on by itself when it is. Where that takes longer than it should, something changes the secret again and again: a drain counts from its last change.',
  },
  ON_HOLD: { run: 'release', todo: 'Nothing until the hold ends. Release it if it is no longer needed.' },
  SLOT_UNACCOUNTED: {
    run: 'check',
    todo: 'The value of the version that holds the slot is gone. Make sure that nobody uses that credential; the message ends with the command that has it drained.',
  },
  FOREIGN_KEY: {
    run: 'check',
    todo: 'The target has as many keys as it may have, and the one that the message names is not this secret’s. Find out whose it is and delete it, or move what uses it elsewhere; Overlap never touches it. Where the message says that another secret has it on record, do not delete it: give each secret a user, or an account, of its own.',
  },
  ORPHAN_KEY: {
    run: 'status',
    todo: 'A crash left a key whose secret nobody knows. The retire function removes it by itself, and then the rotation goes on: within hours where it is certain that a rotation made it, and otherwise within two days or so. If you know that nobody made it by hand, you may delete it before that. Where the message leaves it to you, delete it when nothing needs it.',
  },
  PARTNER_TAKEN: {
    run: 'check',
    todo: 'Name another role in the tag overlap:partner, or let the existing one be taken over with overlap:adopt-partner.',
  },
  STAMP_INVALID: {
    run: 'check',
    todo: 'The record at the target (the comment on the partner role, or a tag of the IAM user) is not as Overlap wrote it. Find out who edited it before you change anything there.',
  },
  SUPERSEDED: {
    run: 'describe',
    todo: 'Nothing to do: the credential that was to be retired is gone or has been replaced already.',
  },
  UNREACHABLE: {
    run: 'check',
    todo: 'What happened is unknown, and it is tried again. Is the server or the provider up, and do security groups and routes let the function reach it?',
  },
  TLS_FAILED: {
    run: 'check',
    todo: 'The certificate must name the host that is asked and come from a known authority (for a provider, ca in its definition can name one). Do not turn verification off.',
  },
  LOCK_TIMEOUT: {
    run: 'check',
    todo: 'Another rotation or a session that alters roles holds a lock. It is tried again; look for an old open transaction if it comes back.',
  },
  TIME_UP: {
    run: 'check',
    todo: 'There was not enough time, and it is tried again. If it comes back, the target is slow, or a standby is far behind.',
  },
  PRINCIPAL_IN_USE: {
    run: 'check',
    todo: 'What was to be retired is in use, or may be the last that works: it was left as it is. See that AWSCURRENT works.',
  },
  STILL_USED: {
    run: 'status',
    todo: 'Something still uses the old credential, which stays valid as long as that goes on. The message says who, or of an access key which service was called: have it read the secret again. A use that is known and does not matter is ended with retire SECRET --despite NAME --reason R.',
  },
  USED_WHILE_DISABLED: {
    run: 'status',
    todo: 'Something tried to log in with the old credential while it was disabled, and was refused; or a use of the key was told only then. The credential has been put back and works. The message says who it was. It drains anew; have that consumer read the secret again.',
  },
  EDITED_OUTSIDE: {
    run: 'status',
    todo: 'Somebody stored or promoted a version by hand that holds a credential on its way out. It works again. Find out who and why before the next rotation.',
  },
  LEAKED: {
    run: 'status',
    todo: 'This version leaked, and nothing makes it valid again. Where it is AWSCURRENT, the message ends with the command that has it replaced. Where the message says that it is still accepted, delete it at the target by hand, at once.',
  },
  NO_WAY_BACK: {
    run: 'status',
    todo: 'There is nothing to go back to: that version was removed, is unknown, or never was current. Where AWSCURRENT works, go forward with a rotation. Where its key is deleted, publish another version or store a key that works: the message says how.',
  },
  ROLLOUT_FAILED: {
    run: 'status',
    todo: 'A consumer did not come to the new version, or was rolled back, so the old credential stays valid. Mend that consumer and deploy it again: it is seen by itself.',
  },
  NOT_CONFIRMED: {
    run: 'status',
    todo: 'Nothing was done, since it breaks consumers and nobody confirmed that. Read what the answer lists, and confirm it.',
  },
  JOURNAL_FAILED: {
    run: 'status',
    todo: 'The journal of evidence could not be written or read, so nothing is retired. Is its log group there, and may the function’s role use it?',
  },
  LOGIN_LOG_FAILED: {
    run: 'status',
    todo: 'The log of logins that the tag overlap:login-log names could not be read, so less is proved. Is it there, and may the function’s role read it?',
  },
  LEAVE_TOO_SOON: {
    run: 'describe',
    todo: 'Leave again when the rotation and the drain are over.',
  },
  SECRET_UNKNOWN: {
    run: 'describe',
    todo: 'There is no such secret, or the function may not see it: correct the name, or the permissions of its role.',
  },
  SECRET_NOT_OURS: {
    run: 'describe',
    todo: 'The rotation function of the secret is not this deployment’s. Nothing is done with it here.',
  },
  SECRETS_MANAGER_FAILED: {
    run: 'check',
    todo: 'AWS refused or failed the call in the message, and it is tried again. Access denied: somebody changed the function’s role, the policy of the secret, or that of its KMS key.',
  },
  PROVIDER_FAILED: {
    run: 'check',
    todo: 'The provider of the key refused or failed the call in the message. If the admin secret lacks a right, give it that right, or renew it; if the provider limits calls, the next attempt comes later.',
  },
  PROVIDER_ANSWER_INVALID: {
    run: 'check',
    todo: 'The provider answered with something else than its definition in the deployment says. Compare the message with its documentation, correct the definition and deploy. Where the provider accepts a key but does not list it, the secret may give the key a wrong id.',
  },
  LAST_USE_UNKNOWN: {
    run: 'status',
    todo: 'The provider does not tell when a key was last used, so a retirement rests on the consumers that are declared and on the clock.',
  },
  IAM_FAILED: {
    run: 'check',
    todo: 'AWS refused or failed the call in the message, or does not list a key that works: then the secret may give that key a wrong id. Access denied: whoever called lacks the right that the message names; the functions have rights on the IAM users that the deployment lists.',
  },
  ECS_FAILED: {
    run: 'status',
    todo: 'AWS refused or failed the call about a service in the message, and it is tried again. Access denied: declare the consumer where the deployment is configured, and deploy.',
  },
  LAMBDA_FAILED: {
    run: 'status',
    todo: 'AWS refused or failed the call about a function in the message, and it is tried again. Access denied: declare the consumer where the deployment is configured, and deploy.',
  },
  KUBERNETES_FAILED: {
    run: 'status',
    todo: 'The cluster refused or failed the call in the message, or could not be reached, and it is tried again. Forbidden: give the function its role in the cluster.',
  },
  EVENTS_FAILED: {
    run: 'status',
    todo: 'AWS refused or failed the event that tells a consumer of a new version, and it is tried again.',
  },
  DATABASE_FAILED: {
    run: 'check',
    todo: 'The server answered with an error that is not known here; the message quotes it.',
  },
  UNEXPECTED: {
    run: 'check',
    todo: 'A defect of Overlap. Nothing is concluded from it; keep the log line and report it.',
  },
}

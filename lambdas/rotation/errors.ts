/**
 * Every stable error code of Overlap. A code never changes its meaning: alarms, runbooks and people's scripts key on it.
 * The message says which field or object, what is expected and what to do; it never holds a value of a secret.
 */
export type ErrorCode =
  /** The invocation is not a rotation event as Secrets Manager sends it. */
  | 'EVENT_INVALID'
  /** A variable of the function's environment is missing or malformed. */
  | 'CONFIGURATION_INVALID'
  /** An `overlap:` tag holds something that its reader does not understand. */
  | 'POLICY_INVALID'
  /** The secret is scheduled for deletion. */
  | 'SECRET_DELETED'
  /** Another AWS service owns and rotates this secret (OwningService, or a managed master). */
  | 'MANAGED_SECRET'
  /** Rotation is turned off, for instance by CancelRotateSecret. */
  | 'ROTATION_DISABLED'
  /** No version has the label AWSCURRENT. */
  | 'NO_CURRENT_VERSION'
  /** The token's version was published before, drains, or is older than AWSCURRENT. */
  | 'STALE_TOKEN'
  /** The token's version does not have the label AWSPENDING: this rotation was cancelled or replaced. */
  | 'NOT_PENDING'
  /** AWSCURRENT or AWSPENDING moved between the first look and the write. */
  | 'LABELS_MOVED'
  /** A step that needs the pending value came before createSecret stored one. */
  | 'PENDING_EMPTY'
  /** The secret's value is not what its kind asks for: not JSON, a field missing, of the wrong type or out of range. */
  | 'SECRET_INVALID'
  /** The pending value differs from the current one in more than a rotation changes: another server, database or user, or any other field. */
  | 'TARGET_CHANGED'
  /** The secret leads where it may not: a host that neither the admin secret nor the deployment nor RDS knows as an endpoint of its server, a key of another IAM user, or an address that a provider may not have. */
  | 'TARGET_NOT_ALLOWED'
  /** The target as it is cannot be rotated: a user who is the admin itself, a superuser, or logs in by another method; a provider with one key; an IAM user without room for tags. */
  | 'TARGET_UNSUITABLE'
  /** An RDS Proxy knows one user per secret, so alternating users cannot work through it. */
  | 'PROXY_UNSUPPORTED'
  /** A single-user rotation was not asked for with `overlap:accept-failed-logins`. */
  | 'FAILED_LOGINS_NOT_ACCEPTED'
  /** A user was to be made for a secret that is not tagged `overlap:new-user`, or whose user was rotated before and is lost. */
  | 'NEW_USER_NOT_ALLOWED'
  /** The server has no such user yet; for a secret tagged `overlap:new-user` a deployment or `overlap provision` makes it. */
  | 'USER_MISSING'
  /** A user was to be made, and there is one of that name whom AWSCURRENT does not open. It is not touched. */
  | 'USER_EXISTS'
  /** The admin secret is missing, unreadable or has no usable login. */
  | 'ADMIN_SECRET_INVALID'
  /** The server or the provider refused the admin, also after the admin secret was read again. */
  | 'ADMIN_LOGIN_REFUSED'
  /** The admin lacks a right; the message holds the statement that grants it. */
  | 'ADMIN_LACKS_RIGHT'
  /** The target refused the current credential: somebody changed it outside. A rotation has written nothing then, unless the message says so; the retirement of what leaked has ended that. */
  | 'CURRENT_REFUSED'
  /** The target refused the pending credential, or takes it for somebody else's. Nothing was published. */
  | 'PENDING_REFUSED'
  /** The pending credential works, but has other rights or settings than the current one. Nothing was published. */
  | 'RIGHTS_DIFFER'
  /** The optional probe query of the secret failed for the pending credential. */
  | 'PROBE_FAILED'
  /** The other slot still holds a credential that is not recorded as retired. Deferred, not failed: nobody is hurt. */
  | 'DRAIN_IN_PROGRESS'
  /** A person put the secret on hold, or the deployment is frozen. Deferred: it goes on when the hold ends. */
  | 'ON_HOLD'
  /** The other slot holds a version whose value is gone, so nobody can retire it. Needs a person. */
  | 'SLOT_UNACCOUNTED'
  /** The target has no room for another key, and one of them is neither this secret's nor a lost one: it is somebody's, and is not touched. Needs a person. */
  | 'FOREIGN_KEY'
  /** A key that a rotation minted is held by no version: a crash lost it. Deferred: the retire function removes it, and then the rotation goes on. */
  | 'ORPHAN_KEY'
  /** The name of the partner is taken by a role that Overlap did not make. */
  | 'PARTNER_TAKEN'
  /** The record at the target, a stamp on a role or a tag of an IAM user, is unreadable, or the stamp speaks of another secret. */
  | 'STAMP_INVALID'
  /** Retirement: the credential that was to be retired is gone already, its slot holds another version by now, or another secret has it on record. */
  | 'SUPERSEDED'
  /** An endpoint did not answer in time, or the connection broke: the outcome is unknown, so nothing is concluded from it. */
  | 'UNREACHABLE'
  /** TLS could not be established or the server's certificate did not verify. */
  | 'TLS_FAILED'
  /** Another rotation holds the lock, or a row was locked, until the time was up. */
  | 'LOCK_TIMEOUT'
  /** The function's own time is nearly up; the step gives up while it can still say so. */
  | 'TIME_UP'
  /** Retirement: AWSCURRENT or AWSPENDING names this principal, or AWSCURRENT does not work, so that this principal may be the last that does. */
  | 'PRINCIPAL_IN_USE'
  /** Retirement: the principal is used, or was used since it should not be; or what was to be removed is not out of use as it was left. */
  | 'STILL_USED'
  /** A use of a credential was seen, or told, while it was disabled: it works again, and its drain begins anew. */
  | 'USED_WHILE_DISABLED'
  /** A version that was stored by hand holds a credential that drained or was disabled: it works again. */
  | 'EDITED_OUTSIDE'
  /** The version leaked: nothing makes it valid again. */
  | 'LEAKED'
  /** Rolling back: there is no version to go back to, or the one that was named is unknown, was removed, or never was AWSCURRENT. */
  | 'NO_WAY_BACK'
  /** A declared consumer did not come to the new version, or was rolled back. Nothing is retired until it is there. */
  | 'ROLLOUT_FAILED'
  /** What was asked for breaks consumers, and nobody has confirmed that, or something else than what was confirmed. Nothing was done. */
  | 'NOT_CONFIRMED'
  /** The journal of evidence could not be written or read. */
  | 'JOURNAL_FAILED'
  /** The server's log of logins could not be read. */
  | 'LOGIN_LOG_FAILED'
  /** Leaving: a rotation or a drain is under way, a key of a rotation is not removed yet, or AWSCURRENT names the partner. Nothing was taken away. */
  | 'LEAVE_TOO_SOON'
  /** There is no such secret, or this function may not see it. */
  | 'SECRET_UNKNOWN'
  /** The secret has another rotation function than this deployment's, or none. */
  | 'SECRET_NOT_OURS'
  /** Secrets Manager refused or failed a call. */
  | 'SECRETS_MANAGER_FAILED'
  /** A provider of keys refused or failed a call, or limits how many are made. */
  | 'PROVIDER_FAILED'
  /** A provider of keys answered with something else than its definition says: not JSON, cut off, too long, or a field missing; or does not list a key that works. Nothing is concluded from it. */
  | 'PROVIDER_ANSWER_INVALID'
  /** The place that keeps a key does not tell when it was last used. */
  | 'LAST_USE_UNKNOWN'
  /** IAM or STS refused or failed a call, or IAM does not list a key that works. */
  | 'IAM_FAILED'
  /** Amazon ECS refused or failed a call. */
  | 'ECS_FAILED'
  /** AWS Lambda refused or failed a call about a function that reads the secret. */
  | 'LAMBDA_FAILED'
  /** A Kubernetes cluster refused or failed a call, or could not be reached. */
  | 'KUBERNETES_FAILED'
  /** EventBridge refused or failed a call. */
  | 'EVENTS_FAILED'
  /** The database answered with an error that no other code describes. */
  | 'DATABASE_FAILED'
  /** A defect of ours. Nothing is concluded from it and nothing that a consumer uses has changed. */
  | 'UNEXPECTED'

/** The one error class of Overlap. `cause` is always stripped of secret material before it gets here. */
export class OverlapError extends Error {
  readonly code: ErrorCode
  /** Facts for the log and for callers that react, such as the version that holds a slot. Never a value of a secret. */
  readonly detail: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; detail?: Readonly<Record<string, string | number | boolean>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    // Lambda reports `errorType` from the name, so the code is what Secrets Manager, CloudTrail and the console show.
    this.name = code
    this.code = code
    this.detail = options.detail ?? {}
  }
}

const deferred: ReadonlySet<ErrorCode> = new Set([
  'DRAIN_IN_PROGRESS',
  'ORPHAN_KEY',
  'STILL_USED',
  'ON_HOLD',
  'LABELS_MOVED',
  'LAST_USE_UNKNOWN',
])

/**
 * True for a refusal that clears by itself: a drain or a hold ends, or a rotation, a sweep or a person was faster, and the next attempt begins with what is
 * there then; and for one that no attempt changes and that hurts nobody, such as a target that does not tell of uses. It rings nothing. Where a credential is left in doubt it is a
 * failure, whatever kept it from being put back, and so it is where consumers are kept out meanwhile.
 */
export function isDeferred({ code, detail }: OverlapError): boolean {
  return deferred.has(code) && detail.inDoubt !== true && detail.consumersAffected !== true
}

/** What Lambda says of one version of a function, which may be `$LATEST`. It holds no value of a variable but of Overlap's own. */
export interface FunctionVersion {
  readonly version: string
  /** Of this version's configuration and code; a change that names another one is refused. */
  readonly revisionId: string
  /** In ms since the epoch. */
  readonly lastModified: number
  /** `Active`, `Inactive` after a time without calls, `Pending`, `Failed`. */
  readonly state: string
  /** `Successful`, `InProgress`, `Failed`. */
  readonly lastUpdateStatus: string
  /** Why it could not be brought about, by Lambda's code and words; empty when it could. */
  readonly reason: string
  /** What the version was stamped with for this secret. */
  readonly stamp: string | undefined
  /** Digest of each part that a call of this version depends on, by the name that Lambda has for it; the stamp is no part. */
  readonly parts: Readonly<Record<string, string>>
}

export interface FunctionAlias {
  readonly revisionId: string
  readonly version: string
  /** Versions that get a share of the calls besides. */
  readonly further: readonly string[]
}

/** Environments that are kept ready: `READY`, `IN_PROGRESS`, `FAILED`; undefined where none are. */
export type ProvisionedStatus = { readonly status: string; readonly reason: string } | undefined

/**
 * Functions of an account. `variable`: name of the one that is the stamp. Every method rejects with OverlapError, and tells no value of a variable. What changes
 * something answers `false`, having changed nothing, when the function or alias is not any more what `revisionId` names, or is just being changed.
 */
export interface ConsumerFunctions {
  /** `qualifier`: a version or `$LATEST`. Rejects with `LAMBDA_FAILED` for what does not exist, and where the variables cannot be read. */
  version(functionName: string, qualifier: string, variable: string): Promise<FunctionVersion>
  alias(functionName: string, alias: string): Promise<FunctionAlias>
  /** `qualifier`: a version or an alias. */
  provisioned(functionName: string, qualifier: string): Promise<ProvisionedStatus>
  /** Sets one variable of `$LATEST`; all others stay as they are, byte for byte. */
  stamp(
    functionName: string,
    change: { readonly variable: string; readonly value: string; readonly revisionId: string },
  ): Promise<boolean>
  /** Publishes `$LATEST`, or answers with the version that was published last when nothing changed since. */
  publish(functionName: string, revisionId: string, variable: string): Promise<FunctionVersion | false>
  pointAlias(
    functionName: string,
    change: { readonly alias: string; readonly version: string; readonly revisionId: string },
  ): Promise<boolean>
}

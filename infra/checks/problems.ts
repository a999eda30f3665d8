/**
 * What can be wrong with a deployment at synth. A code never changes its meaning.
 */
export type ProblemCode =
  /** The file of `-c config=PATH` cannot be read or exports no configuration. */
  | 'CONFIG_UNREADABLE'
  /** A name is missing, malformed, or makes a name of AWS too long. */
  | 'NAME_INVALID'
  /** Two environments would deploy the same functions into one account and Region. */
  | 'DEPLOYMENT_TWICE'
  /** Not a twelve-digit account, or not a Region. */
  | 'PLACE_INVALID'
  /** Not an ARN of what the field asks for. */
  | 'ARN_INVALID'
  /** The ARN is of another account or Region than the deployment. */
  | 'ARN_ELSEWHERE'
  /** The secret has no owner. */
  | 'OWNER_MISSING'
  /** The tag that would hold this cannot: too long, or characters that a tag may not have. */
  | 'TAG_INVALID'
  /** Not a host name, port or `host:port`. */
  | 'ENDPOINT_INVALID'
  /** Not a name that a PostgreSQL user or database may have here. */
  | 'USER_INVALID'
  /** No such network in the environment. */
  | 'NETWORK_UNKNOWN'
  /** A network is not described completely. */
  | 'NETWORK_INVALID'
  /** No adapter rotates this kind. */
  | 'KIND_UNKNOWN'
  /** No such schedule in the environment. */
  | 'SCHEDULE_UNKNOWN'
  /** Not a cron expression that EventBridge Scheduler takes, or one that never fires. */
  | 'CRON_INVALID'
  /** Not a zone of the IANA database. */
  | 'TIMEZONE_UNKNOWN'
  /** A freeze's instants or reason are missing, malformed or the wrong way round. */
  | 'FREEZE_INVALID'
  /** Not a duration that the field allows. */
  | 'DURATION_INVALID'
  /** Roll-out, drain, quarantine and a pass of the sweep do not fit between two runs of the schedule. */
  | 'TIMING_TOO_TIGHT'
  /** A drain ends before anything could have been seen using the credential. */
  | 'DRAIN_TOO_SHORT'
  /** A quarantine is shorter than the deployment allows. */
  | 'QUARANTINE_TOO_SHORT'
  /** Not a consumer of a form that is known. */
  | 'CONSUMER_INVALID'
  /** No such Kubernetes cluster in the environment. */
  | 'CLUSTER_UNKNOWN'
  /** Secrets Manager itself would rotate before the schedule does. */
  | 'MAXIMUM_AGE_TOO_SHORT'
  /** A credential would be told as due before its schedule has replaced it. */
  | 'STALE_BY_DESIGN'
  /** One secret is listed twice, so two schedules would rotate it. */
  | 'SECRET_TWICE'
  /** Two secrets would hold keys of one IAM user, who may have two. */
  | 'USER_TWICE'
  /** A provider's definition is not complete, or does not hold together. */
  | 'PROVIDER_INVALID'
  /** A place has no room for a second key, so that the first one could only be swapped. */
  | 'CANNOT_OVERLAP'
  /** A setting that is missing, or that excludes another one. */
  | 'SETTING_INVALID'
  /** The variables of a function exceed Lambda's 4 KB. */
  | 'VARIABLES_TOO_LARGE'
  /** A policy exceeds its quota in IAM. */
  | 'POLICY_TOO_LARGE'
  /** A stack would exceed CloudFormation's 500 resources or 200 outputs. */
  | 'STACK_TOO_LARGE'

export interface Problem {
  readonly code: ProblemCode
  /** The environment, database, provider, secret or schedule that it is about, as the user named it. */
  readonly subject: string
  /** The field of it. */
  readonly field: string
  /** What is expected there, what was found, and what to do. Ends without a full stop. */
  readonly message: string
}

/** Everything that is wrong, at once. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(inWords).join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

function inWords({ code, subject, field, message }: Problem): string {
  return `${code}: ${subject}, field ${field}: ${message}`
}

/** Throws a `ConfigurationError` that holds these, if there are any. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigurationError(problems)
}

/** A problem for each element whose key an earlier one had. */
export function repeated<T>(
  elements: readonly T[],
  key: (element: T) => string,
  problem: (element: T) => Problem,
): Problem[] {
  const known = new Set<string>()
  return elements
    .filter((element) => {
      const isRepeated = known.has(key(element))
      known.add(key(element))
      return isRepeated
    })
    .map(problem)
}

/** The problem, unless `holds`. */
export type Expect = (holds: boolean, code: ProblemCode, field: string, message: string) => Problem[]

/** For the fields of one subject. */
export function expecting(subject: string): Expect {
  return (holds, code, field, message) => (holds ? [] : [{ code, subject, field, message }])
}

/** What was found, for the end of a message, which terminals and logs show: an address with a user in it, such as that of a database, may have the password beside the name. */
export function found(value: unknown): string {
  const text = JSON.stringify(value)
  return /:\/\/[^/]*@/.test(text ?? '')
    ? 'what is there holds an address with a user, and is not repeated here, since it may hold a password'
    : `found ${text}`
}

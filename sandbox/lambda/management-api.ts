import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Alias, Change, Configuration, ManagedFunction } from './managed-function.ts'
import { refuse } from './refusal.ts'

type Members = Readonly<Record<string, unknown>>

/** An answer other than 2xx. */
class ManagementRefusal extends Error {
  readonly status: number

  constructor(status: number, type: string, message: string) {
    super(message)
    this.name = type
    this.status = status
  }
}

interface Call {
  readonly managed: ManagedFunction
  readonly arn: string
  /** What comes after the resource's name, such as an alias. */
  readonly rest: string
  readonly qualifier: string | undefined
  readonly body: Members
}

interface Answer {
  readonly status: number
  readonly body: Members
}

const route = /^\/20\d\d-\d\d-\d\d\/functions\/[^/?]+\/([a-z-]+)(?:\/([^/?]+))?(?:\?(.*))?$/

/** What Lambda's API does with a function's configuration, versions and aliases (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
const operations: ReadonlyMap<string, (call: Call) => Answer> = new Map([
  [
    'GET configuration',
    ({ managed, arn, qualifier }) => ok(configured(versionAt(managed, arn, qualifier), managed, arn)),
  ],
  ['PUT configuration', updateConfiguration],
  ['POST versions', publishVersion],
  ['GET aliases', ({ managed, arn, rest }) => ok(described(aliasAt(managed, arn, rest), arn))],
  ['PUT aliases', updateAlias],
  ['GET provisioned-concurrency', provisionedConcurrency],
])

export async function serveManagement(
  managed: ManagedFunction,
  arn: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, url = '' } = request
  const [, resource = '', rest = '', query = ''] = route.exec(url) ?? []
  const operation = operations.get(`${method} ${resource}`)
  if (operation === undefined)
    return refuse(response, 404, 'UnknownOperationException', `the sandbox has no ${method} ${url}`)
  const sent = await text(request)
  const qualifier = new URLSearchParams(query).get('Qualifier') ?? undefined
  try {
    const body = (sent === '' ? {} : JSON.parse(sent)) as Members
    const answer = operation({ managed, arn, rest: decodeURIComponent(rest), qualifier, body })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  } catch (error) {
    if (!(error instanceof ManagementRefusal)) throw error
    refuse(response, error.status, error.name, error.message)
  }
}

function updateConfiguration({ managed, arn, body }: Call): Answer {
  const { Environment, Description, Timeout, MemorySize, RevisionId, ...further } = body
  onlyKnown(further)
  sameRevision(RevisionId, managed.latest.revisionId)
  if (managed.latest.lastUpdateStatus === 'InProgress') throw inProgress(arn)
  const variables = (Environment as { Variables?: Readonly<Record<string, string>> } | undefined)?.Variables
  if (variables !== undefined) fits(variables)
  const change: Change = {
    ...(variables === undefined ? {} : { variables }),
    ...(Description === undefined ? {} : { description: String(Description) }),
    ...(Timeout === undefined ? {} : { timeoutSeconds: Number(Timeout) }),
    ...(MemorySize === undefined ? {} : { memoryMb: Number(MemorySize) }),
  }
  return ok(configured(managed.change(change), managed, arn))
}

function publishVersion({ managed, arn, body }: Call): Answer {
  const { RevisionId, CodeSha256, ...further } = body
  onlyKnown(further)
  sameRevision(RevisionId, managed.latest.revisionId)
  if (managed.latest.lastUpdateStatus === 'InProgress') throw inProgress(arn)
  if (CodeSha256 !== undefined && CodeSha256 !== managed.latest.codeSha256)
    throw new ManagementRefusal(
      400,
      'InvalidParameterValueException',
      `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${managed.latest.codeSha256}).`,
    )
  return { status: 201, body: configured(managed.publish(), managed, arn) }
}

function updateAlias({ managed, arn, rest, body }: Call): Answer {
  const alias = aliasAt(managed, arn, rest)
  const { FunctionVersion = alias.version, RoutingConfig, RevisionId, ...further } = body
  onlyKnown(further)
  sameRevision(RevisionId, alias.revisionId)
  const version = String(FunctionVersion)
  versionAt(managed, arn, version)
  const weights = (RoutingConfig as { AdditionalVersionWeights?: Alias['further'] } | undefined)
    ?.AdditionalVersionWeights
  return ok(described(managed.pointAlias(rest, { version, further: weights ?? alias.further }), arn))
}

/** How many are ready is not played. */
function provisionedConcurrency({ managed, arn, qualifier }: Call): Answer {
  const status = managed.provisioned.get(qualifier ?? '')
  if (status === undefined)
    throw new ManagementRefusal(
      404,
      'ProvisionedConcurrencyConfigNotFoundException',
      `No Provisioned Concurrency Config found for this function: ${arn}:${qualifier}`,
    )
  const reason = status === 'FAILED' ? { StatusReason: 'FUNCTION_ERROR_INIT_FAILURE' } : {}
  return ok({ Status: status, RequestedProvisionedConcurrentExecutions: 1, ...reason })
}

function ok(body: Members): Answer {
  return { status: 200, body }
}

function versionAt(managed: ManagedFunction, arn: string, qualifier = '$LATEST'): Configuration {
  const version = managed.aliases.get(qualifier)?.version ?? qualifier
  const found = version === '$LATEST' ? managed.latest : managed.versions.get(version)
  if (found === undefined) throw missing(`Function not found: ${arn}:${qualifier}`)
  return found
}

function aliasAt(managed: ManagedFunction, arn: string, name: string): Alias {
  const alias = managed.aliases.get(name)
  if (alias === undefined) throw missing(`Alias not found: ${arn}:${name}`)
  return alias
}

function configured(found: Configuration, managed: ManagedFunction, arn: string): Members {
  const failed = found.lastUpdateStatus === 'Failed'
  return {
    FunctionName: managed.name,
    FunctionArn: found.version === '$LATEST' ? arn : `${arn}:${found.version}`,
    Version: found.version,
    RevisionId: found.revisionId,
    LastModified: new Date(found.lastModified).toISOString().replace('Z', '+0000'),
    CodeSha256: found.codeSha256,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    PackageType: 'Zip',
    Description: found.description,
    Timeout: found.timeoutSeconds,
    MemorySize: found.memoryMb,
    State: found.state,
    LastUpdateStatus: found.lastUpdateStatus,
    ...(failed
      ? { LastUpdateStatusReasonCode: 'DisabledKMSKey', LastUpdateStatusReason: 'The KMS key is disabled.' }
      : {}),
    // Left out where there are none, as Lambda does.
    ...(Object.keys(found.variables).length === 0 ? {} : { Environment: { Variables: found.variables } }),
  }
}

function described({ name, revisionId, version, further }: Alias, arn: string): Members {
  return {
    AliasArn: `${arn}:${name}`,
    Name: name,
    FunctionVersion: version,
    RevisionId: revisionId,
    ...(Object.keys(further).length === 0 ? {} : { RoutingConfig: { AdditionalVersionWeights: further } }),
  }
}

/** Members that the sandbox does not know are refused, so that nobody relies on what it would ignore. */
function onlyKnown(further: Members): void {
  const names = Object.keys(further).filter((name) => further[name] !== undefined)
  if (names.length > 0)
    throw new ManagementRefusal(
      400,
      'InvalidParameterValueException',
      `The sandbox does not know ${names.join(', ')}.`,
    )
}

function sameRevision(given: unknown, current: string): void {
  if (given !== undefined && given !== current)
    throw new ManagementRefusal(
      412,
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    )
}

function inProgress(arn: string): ManagementRefusal {
  return new ManagementRefusal(
    409,
    'ResourceConflictException',
    `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
  )
}

/** Lambda's own words, and they quote every value. */
function fits(variables: Readonly<Record<string, string>>): void {
  const measured = JSON.stringify(variables)
  if (Buffer.byteLength(measured) > 4_096)
    throw new ManagementRefusal(
      400,
      'InvalidParameterValueException',
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    )
}

function missing(message: string): ManagementRefusal {
  return new ManagementRefusal(404, 'ResourceNotFoundException', message)
}

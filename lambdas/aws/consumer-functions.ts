import { createHash } from 'node:crypto'
import {
  type FunctionConfiguration,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import type { ConsumerFunctions, FunctionVersion } from '../rollout/consumer-functions.ts'
import { OverlapError } from '../rotation/errors.ts'
import { rolloutFailed } from './rollout-failure.ts'

const LATEST = '$LATEST'

/** Somebody else changed it since it was looked at, or is at it. */
const conflicts: ReadonlySet<string> = new Set(['PreconditionFailedException', 'ResourceConflictException'])

/**
 * What a call of a version depends on, besides its variables. What Lambda itself makes of it (ARN, times, states) is none, nor is the description.
 * https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
 */
const parts: readonly (keyof FunctionConfiguration)[] = [
  'Architectures',
  'CodeSha256',
  'DeadLetterConfig',
  'EphemeralStorage',
  'FileSystemConfigs',
  'Handler',
  'ImageConfigResponse',
  'KMSKeyArn',
  'LoggingConfig',
  'MemorySize',
  'PackageType',
  'Role',
  'Runtime',
  'Timeout',
  'TracingConfig',
]

/** `signal` makes an AbortSignal for each call. */
export function consumerFunctions(client: LambdaClient, signal: () => AbortSignal): ConsumerFunctions {
  const options = () => ({ abortSignal: signal() })

  async function configuration(functionName: string, qualifier: string): Promise<FunctionConfiguration> {
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName, Qualifier: qualifier })
    const found = await client
      .send(command, options())
      .catch((error) => failed('GetFunctionConfiguration', error, `${functionName}:${qualifier}`))
    // Whoever took those for none and wrote them back would take every variable away.
    if (found.Environment?.Error !== undefined)
      throw new OverlapError(
        'LAMBDA_FAILED',
        `the environment of lambda:${functionName}:${qualifier} cannot be read (${found.Environment.Error.ErrorCode}): allow the rollout function kms:Decrypt with its key`,
      )
    return found
  }

  return {
    async version(functionName, qualifier, variable) {
      return versionOf(await configuration(functionName, qualifier), variable)
    },

    async alias(functionName, alias) {
      const found = await client
        .send(new GetAliasCommand({ FunctionName: functionName, Name: alias }), options())
        .catch((error) => failed('GetAlias', error, `${functionName}:${alias}`))
      return {
        revisionId: found.RevisionId ?? '',
        version: found.FunctionVersion ?? '',
        further: Object.keys(found.RoutingConfig?.AdditionalVersionWeights ?? {}),
      }
    },

    async provisioned(functionName, qualifier) {
      // $LATEST can have none.
      if (qualifier === LATEST) return undefined
      const command = new GetProvisionedConcurrencyConfigCommand({
        FunctionName: functionName,
        Qualifier: qualifier,
      })
      try {
        const { Status = '', StatusReason = '' } = await client.send(command, options())
        return { status: Status, reason: StatusReason }
      } catch (error) {
        if (nameOf(error) === 'ProvisionedConcurrencyConfigNotFoundException') return undefined
        return failed('GetProvisionedConcurrencyConfig', error, `${functionName}:${qualifier}`)
      }
    },

    async stamp(functionName, { variable, value, revisionId }) {
      const { Environment, RevisionId } = await configuration(functionName, LATEST)
      if (RevisionId !== revisionId) return false
      const command = new UpdateFunctionConfigurationCommand({
        FunctionName: functionName,
        Environment: { Variables: { ...Environment?.Variables, [variable]: value } },
        RevisionId,
      })
      return unlessConflict(
        // What Lambda says of an environment that is too large quotes all of it.
        client
          .send(command, options())
          .catch((error) => failed('UpdateFunctionConfiguration', error, functionName, { silent: true })),
      ).then((changed) => changed !== false)
    },

    async publish(functionName, revisionId, variable) {
      const command = new PublishVersionCommand({
        FunctionName: functionName,
        RevisionId: revisionId,
      })
      const published = await unlessConflict(
        client.send(command, options()).catch((error) => failed('PublishVersion', error, functionName)),
      )
      return published === false ? false : versionOf(published, variable)
    },

    async pointAlias(functionName, { alias, version, revisionId }) {
      const command = new UpdateAliasCommand({
        FunctionName: functionName,
        Name: alias,
        FunctionVersion: version,
        RevisionId: revisionId,
      })
      return unlessConflict(
        client
          .send(command, options())
          .catch((error) => failed('UpdateAlias', error, `${functionName}:${alias}`)),
      ).then((changed) => changed !== false)
    },
  }
}

function versionOf(found: FunctionConfiguration, variable: string): FunctionVersion {
  const variables = found.Environment?.Variables ?? {}
  const own = Object.entries(variables).filter(([name]) => !name.startsWith('OVERLAP_VERSION_'))
  return {
    version: found.Version ?? '',
    revisionId: found.RevisionId ?? '',
    lastModified: Date.parse(found.LastModified ?? ''),
    state: found.State ?? '',
    lastUpdateStatus: found.LastUpdateStatus ?? '',
    reason: reasonOf(found),
    stamp: variables[variable],
    parts: {
      ...Object.fromEntries(parts.map((part) => [part, digest(found[part])])),
      Environment: digest(own.toSorted(([one], [other]) => (one < other ? -1 : 1))),
      Layers: digest(found.Layers?.map(({ Arn }) => Arn)),
      SnapStart: digest(found.SnapStart?.ApplyOn),
      VpcConfig: digest([
        found.VpcConfig?.SubnetIds?.toSorted(),
        found.VpcConfig?.SecurityGroupIds?.toSorted(),
      ]),
    },
  }
}

function reasonOf(found: FunctionConfiguration): string {
  const update = [found.LastUpdateStatusReasonCode, found.LastUpdateStatusReason]
  const state = [found.StateReasonCode, found.StateReason]
  return (found.LastUpdateStatus === 'Failed' ? update : state)
    .filter((said) => said !== undefined && said !== '')
    .join(': ')
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function failed(
  operation: string,
  error: unknown,
  about: string,
  options: { readonly silent?: boolean } = {},
): never {
  return rolloutFailed('LAMBDA_FAILED', operation, error, { about: `lambda:${about}`, ...options })
}

async function unlessConflict<T>(changing: Promise<T>): Promise<T | false> {
  try {
    return await changing
  } catch (error) {
    if (error instanceof OverlapError && conflicts.has(String(error.detail.awsError))) return false
    throw error
  }
}

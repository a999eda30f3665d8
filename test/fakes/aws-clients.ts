import {
  type CreateAccessKeyCommandInput,
  type CreateAccessKeyCommandOutput,
  type DeleteAccessKeyCommandInput,
  type DeleteAccessKeyCommandOutput,
  type GetAccessKeyLastUsedCommandInput,
  type GetAccessKeyLastUsedCommandOutput,
  IAMClient,
  type ListAccessKeysCommandInput,
  type ListAccessKeysCommandOutput,
  type ListUsersCommandInput,
  type ListUsersCommandOutput,
  type ListUserTagsCommandInput,
  type ListUserTagsCommandOutput,
  type TagUserCommandInput,
  type TagUserCommandOutput,
  type UntagUserCommandInput,
  type UntagUserCommandOutput,
  type UpdateAccessKeyCommandInput,
  type UpdateAccessKeyCommandOutput,
} from '@aws-sdk/client-iam'
import { type InvokeCommandInput, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda'
import {
  type CancelRotateSecretCommandInput,
  type CancelRotateSecretCommandOutput,
  type DescribeSecretCommandInput,
  type DescribeSecretCommandOutput,
  type GetSecretValueCommandInput,
  type GetSecretValueCommandOutput,
  type ListSecretsCommandInput,
  type ListSecretsCommandOutput,
  type ListSecretVersionIdsCommandInput,
  type ListSecretVersionIdsCommandOutput,
  type PutSecretValueCommandInput,
  type PutSecretValueCommandOutput,
  type RotateSecretCommandInput,
  type RotateSecretCommandOutput,
  SecretsManagerClient,
  type TagResourceCommandInput,
  type TagResourceCommandOutput,
  type UntagResourceCommandInput,
  type UntagResourceCommandOutput,
  type UpdateSecretVersionStageCommandInput,
  type UpdateSecretVersionStageCommandOutput,
} from '@aws-sdk/client-secrets-manager'
import {
  type GetCallerIdentityCommandInput,
  type GetCallerIdentityCommandOutput,
  STSClient,
} from '@aws-sdk/client-sts'

type Answer<Input, Output> = (input: Input) => Omit<Output, '$metadata'>

interface SecretsManagerAnswers {
  readonly CancelRotateSecretCommand?: Answer<CancelRotateSecretCommandInput, CancelRotateSecretCommandOutput>
  readonly DescribeSecretCommand?: Answer<DescribeSecretCommandInput, DescribeSecretCommandOutput>
  readonly GetSecretValueCommand?: Answer<GetSecretValueCommandInput, GetSecretValueCommandOutput>
  readonly ListSecretsCommand?: Answer<ListSecretsCommandInput, ListSecretsCommandOutput>
  readonly ListSecretVersionIdsCommand?: Answer<
    ListSecretVersionIdsCommandInput,
    ListSecretVersionIdsCommandOutput
  >
  readonly PutSecretValueCommand?: Answer<PutSecretValueCommandInput, PutSecretValueCommandOutput>
  readonly RotateSecretCommand?: Answer<RotateSecretCommandInput, RotateSecretCommandOutput>
  readonly TagResourceCommand?: Answer<TagResourceCommandInput, TagResourceCommandOutput>
  readonly UntagResourceCommand?: Answer<UntagResourceCommandInput, UntagResourceCommandOutput>
  readonly UpdateSecretVersionStageCommand?: Answer<
    UpdateSecretVersionStageCommandInput,
    UpdateSecretVersionStageCommandOutput
  >
}

interface LambdaAnswers {
  readonly InvokeCommand?: Answer<InvokeCommandInput, InvokeCommandOutput>
}

interface IamAnswers {
  readonly ListUsersCommand?: Answer<ListUsersCommandInput, ListUsersCommandOutput>
  readonly ListAccessKeysCommand?: Answer<ListAccessKeysCommandInput, ListAccessKeysCommandOutput>
  readonly ListUserTagsCommand?: Answer<ListUserTagsCommandInput, ListUserTagsCommandOutput>
  readonly CreateAccessKeyCommand?: Answer<CreateAccessKeyCommandInput, CreateAccessKeyCommandOutput>
  readonly UpdateAccessKeyCommand?: Answer<UpdateAccessKeyCommandInput, UpdateAccessKeyCommandOutput>
  readonly DeleteAccessKeyCommand?: Answer<DeleteAccessKeyCommandInput, DeleteAccessKeyCommandOutput>
  readonly GetAccessKeyLastUsedCommand?: Answer<
    GetAccessKeyLastUsedCommandInput,
    GetAccessKeyLastUsedCommandOutput
  >
  readonly TagUserCommand?: Answer<TagUserCommandInput, TagUserCommandOutput>
  readonly UntagUserCommand?: Answer<UntagUserCommandInput, UntagUserCommandOutput>
}

interface StsAnswers {
  readonly GetCallerIdentityCommand?: Answer<GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput>
}

export interface Sent {
  readonly command: string
  readonly input: object
}

type AnyAnswer = (input: object) => object

function answering(answers: object, sent: Sent[], commandName: string | undefined, input: object): object {
  const command = commandName ?? ''
  sent.push({ command, input })
  const answer = (answers as Readonly<Record<string, AnyAnswer | undefined>>)[command]
  if (answer === undefined) throw new Error(`nothing was prepared for ${command}`)
  return { $metadata: {}, ...answer(input) }
}

/** The SDK's own client, with each command answered before it is serialized. What was asked is in `sent`. */
export function secretsManagerAnswering(answers: SecretsManagerAnswers) {
  const sent: Sent[] = []
  const client = new SecretsManagerClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answering(answers, sent, commandName, input) as DescribeSecretCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

export function lambdaAnswering(answers: LambdaAnswers) {
  const sent: Sent[] = []
  const client = new LambdaClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answering(answers, sent, commandName, input) as InvokeCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

export function iamAnswering(answers: IamAnswers) {
  const sent: Sent[] = []
  const client = new IAMClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answering(answers, sent, commandName, input) as ListUsersCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

export function stsAnswering(answers: StsAnswers) {
  const sent: Sent[] = []
  const client = new STSClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answering(answers, sent, commandName, input) as GetCallerIdentityCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

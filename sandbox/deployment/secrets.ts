import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { type Addresses, readdressedSecret } from './addresses.ts'
import { physicalName } from './physical-name.ts'
import type { Properties } from './properties.ts'
import type { Made, Make, Request } from './stack.ts'

export function secretMakers(
  client: SecretsManagerClient,
  addresses: Addresses,
): Readonly<Record<string, Make>> {
  return {
    'AWS::SecretsManager::Secret': (request) => makeSecret(request, client, addresses),
    'AWS::SecretsManager::RotationSchedule': (request) => configureRotation(request, client),
  }
}

async function makeSecret(
  request: Request,
  client: SecretsManagerClient,
  addresses: Addresses,
): Promise<Made> {
  const { properties, logicalId } = request
  const value = await generatedValue(properties.object('GenerateSecretString'), client)
  const { ARN } = await client.send(
    new CreateSecretCommand({
      Name: properties.optionalText('Name') ?? physicalName(request),
      Description: properties.optionalText('Description'),
      KmsKeyId: properties.optionalText('KmsKeyId'),
      SecretString: readdressedSecret(value, addresses),
      Tags: properties.objects('Tags').map((tag) => ({ Key: tag.text('Key'), Value: tag.text('Value') })),
    }),
  )
  if (ARN === undefined) throw new Error(`${logicalId}: CreateSecret gave no ARN`)
  return {
    ref: ARN,
    attributes: { Id: ARN },
    remove: () => client.send(new DeleteSecretCommand({ SecretId: ARN })),
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
async function generatedValue(generate: Properties, client: SecretsManagerClient): Promise<string> {
  const key = generate.text('GenerateStringKey')
  const template = JSON.parse(generate.text('SecretStringTemplate')) as object
  const { RandomPassword } = await client.send(
    new GetRandomPasswordCommand({
      PasswordLength: generate.optionalNumber('PasswordLength'),
      ExcludeCharacters: generate.optionalText('ExcludeCharacters'),
      ExcludePunctuation: generate.optionalFlag('ExcludePunctuation'),
      ExcludeNumbers: generate.optionalFlag('ExcludeNumbers'),
      ExcludeLowercase: generate.optionalFlag('ExcludeLowercase'),
      ExcludeUppercase: generate.optionalFlag('ExcludeUppercase'),
      IncludeSpace: generate.optionalFlag('IncludeSpace'),
      RequireEachIncludedType: generate.optionalFlag('RequireEachIncludedType'),
    }),
  )
  return JSON.stringify({ ...template, [key]: RandomPassword })
}

/** CloudFormation asks for no token and waits for no rotation: it has succeeded when RotateSecret was accepted. */
async function configureRotation({ properties }: Request, client: SecretsManagerClient): Promise<Made> {
  const SecretId = properties.text('SecretId')
  const rules = properties.object('RotationRules')
  await client.send(
    new RotateSecretCommand({
      SecretId,
      RotationLambdaARN: properties.text('RotationLambdaARN'),
      RotationRules: {
        AutomaticallyAfterDays: rules.optionalNumber('AutomaticallyAfterDays'),
        Duration: rules.optionalText('Duration'),
        ScheduleExpression: rules.optionalText('ScheduleExpression'),
      },
      RotateImmediately: properties.optionalFlag('RotateImmediatelyOnUpdate') ?? true,
    }),
  )
  return { ref: SecretId, remove: () => client.send(new CancelRotateSecretCommand({ SecretId })) }
}

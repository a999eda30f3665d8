/**
 * Keys in the file that a user edits: those of IAM users, and those of providers. The place that accepts a key mints it, so a secret and its first key exist before.
 */
import type { HttpProvider } from '../lambdas/adapters/http-api-key/provider.ts'
import type { KeyPolicy } from './rotation-policy.ts'

/** Secrets that hold access keys of IAM users, in a group that has functions of its own. These may change the keys of exactly these users. */
export interface AccessKeysConfig {
  /**
   * ARNs of users, with their paths, whose secrets `secrets` does not list: those whose tags something else writes, such as Terraform, and those that were taken out of the file and are
   * still in rotation. A listed secret names its own user (`userArn`).
   * @default none
   */
  readonly userArns?: readonly string[]
  /**
   * ARNs of keys of KMS that encrypt those secrets.
   * @default none
   */
  readonly secretKeyArns?: readonly string[]
  /**
   * A secret that is taken out of the list stays in rotation, but the functions lose their rights on its user: have it leave first (`overlap leave`), or name its user in
   * `userArns`. A group holds some 100 users, as many as a role's policy can name. Empty where something else writes tags and turns rotation on.
   */
  readonly secrets: readonly AccessKeySecretConfig[]
}

/** A secret with `{accessKeyId, secretAccessKey, userName}`, or as AWS's console and CLI write a key. */
export interface AccessKeySecretConfig extends KeyPolicy {
  readonly name: string
  /** The complete ARN, with its six characters at the end. */
  readonly arn: string
  /**
   * ARN of the key of KMS that encrypts it.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly keyArn?: string
  /** ARN of the IAM user whose key it holds, with its path. No other secret may hold a key of the same user, and the user may have no other key: IAM allows two. */
  readonly userArn: string
}

/** A provider of API keys, with the secrets that hold keys of one account there. It has functions of its own. */
export interface ProviderConfig {
  /** The name of a ready definition, or one of your own: docs/providers.md. */
  readonly definition: string | HttpProvider
  /**
   * What the definition leaves open, its `{{with.x}}`.
   * @default its own
   */
  readonly with?: Readonly<Record<string, string>>
  /**
   * One of the environment's networks, from which a provider in a private network is reached; its definition must name the private addresses (`allowAddresses`). The functions get a
   * security group of their own there. The rule that lets that group in is yours to add, at the provider.
   * @default none: the functions are outside any VPC, and reach what the internet reaches
   */
  readonly network?: string
  /** ARN of the secret that makes and deletes keys there: text, or JSON whose fields the definition names. No other function reads it. */
  readonly adminSecretArn: string
  /**
   * ARN of the key of KMS that encrypts it.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly adminSecretKeyArn?: string
  /**
   * ARNs of keys of KMS that encrypt secrets of this account which `secrets` does not list: those whose tags something else writes, such as Terraform, and those that were taken out of
   * the file and are still in rotation.
   * @default none
   */
  readonly secretKeyArns?: readonly string[]
  /** Empty where something else writes tags and turns rotation on. */
  readonly secrets: readonly ProviderSecretConfig[]
}

/** A secret with `{keyId, key}`, and whatever else is kept there. */
export interface ProviderSecretConfig extends KeyPolicy {
  readonly name: string
  /** The complete ARN, with its six characters at the end. */
  readonly arn: string
  /**
   * ARN of the key of KMS that encrypts it.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly keyArn?: string
}

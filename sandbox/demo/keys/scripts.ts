import { Agent } from 'node:https'
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { createAccessKey } from '../../keys.ts'
import type { Provider } from '../../provider/server.ts'
import type { Sandbox } from '../../sandbox.ts'
import type { AccessKey } from './identity-call.ts'
import { accessKeyKind, type KeyKind, mailKeyKind, REGION } from './key-kind.ts'
import { mailRequest } from './mail-request.ts'
import type { MailKey } from './message-call.ts'

/** What people run who rotate keys by a script: a new key, then the secret, then the old key is out of use and gone. */
export interface Script<Value> {
  readonly kind: KeyKind<Value>
  /** Makes the secret and its first key. */
  prepare(): Promise<void>
  swap(before: Value): Promise<void>
  close(): void
}

export function accessKeyScript(sandbox: Pick<Sandbox, 'iam' | 'sts' | 'client'>): Script<AccessKey> {
  const secret = 'robots/by-script'
  const iam = new IAMClient({
    endpoint: sandbox.iam.url,
    region: REGION,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
  return {
    kind: { ...accessKeyKind(sandbox), title: 'Control: access key', secret },
    prepare: () => createSecret(sandbox.client, secret, createAccessKey(sandbox.iam, 'deployer-by-script')),
    async swap({ userName, accessKeyId: old }) {
      const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: userName }))
      const value = {
        accessKeyId: made?.AccessKeyId,
        secretAccessKey: made?.SecretAccessKey,
        userName,
      }
      await store(sandbox.client, secret, value)
      const oldKey = { UserName: userName, AccessKeyId: old }
      await iam.send(new UpdateAccessKeyCommand({ ...oldKey, Status: 'Inactive' }))
      await iam.send(new DeleteAccessKeyCommand(oldKey))
    },
    close: () => iam.destroy(),
  }
}

/** @param provider where the account has no key yet */
export function mailKeyScript({ client }: Pick<Sandbox, 'client'>, provider: Provider): Script<MailKey> {
  const secret = 'mail/by-script'
  const agent = new Agent({ ca: provider.ca, keepAlive: true })
  const asOwner = (method: 'POST' | 'DELETE', path: string, body?: object) =>
    mailRequest(
      { url: provider.url, agent },
      { method, path, token: provider.adminToken, ...(body === undefined ? {} : { body }) },
    )
  return {
    kind: { ...mailKeyKind({ provider }), title: 'Control: provider key', secret },
    prepare() {
      const { id: keyId, key } = provider.seed({ name: 'newsletters' })
      return createSecret(client, secret, { keyId, key })
    },
    async swap({ keyId: old }) {
      const made = JSON.parse(await asOwner('POST', '/v1/keys', { name: 'newsletters', scopes: ['send'] }))
      await store(client, secret, { keyId: made.api_key.id, key: made.secret })
      await asOwner('POST', `/v1/keys/${old}/disable`)
      await asOwner('DELETE', `/v1/keys/${old}`)
    },
    close: () => agent.destroy(),
  }
}

async function createSecret(client: SecretsManagerClient, Name: string, value: object): Promise<void> {
  await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))
}

async function store(client: SecretsManagerClient, SecretId: string, value: object): Promise<void> {
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }))
}

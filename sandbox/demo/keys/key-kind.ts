import { IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import type { Sandbox } from '../../sandbox.ts'
import type { KeyState } from '../facts.ts'
import { type AccessKey, identityCall } from './identity-call.ts'
import type { KeyedCall } from './keyed-call.ts'
import { type MailKey, messageCall } from './message-call.ts'

/** A kind of key that the demo rotates, and the one secret that has one. */
export interface KeyKind<Value> {
  readonly title: string
  readonly explanation: string
  /** Name of the secret. */
  readonly secret: string
  /** Names of the applications that use it. */
  readonly clients: readonly string[]
  keyed(): KeyedCall<Value>
  /** The end of its id, which is no secret and too long for a column. */
  shown(value: Value): string
  /** What whoever gave the key out says of it. */
  stateOf(value: Value): Promise<KeyState>
}

export const REGION = 'us-east-1'

export function accessKeyKind({ iam, sts }: Pick<Sandbox, 'iam' | 'sts'>): KeyKind<AccessKey> {
  return {
    title: 'IAM access key',
    explanation: 'of the user deployer, whose last use AWS tells hours later',
    secret: 'robots/deploy',
    clients: ['deploy-1', 'deploy-2', 'deploy-3', 'deploy-4'],
    keyed: () => identityCall({ endpoint: sts.url, region: REGION }),
    shown: ({ accessKeyId }) => end(accessKeyId),
    async stateOf({ accessKeyId, userName: UserName }) {
      const client = new IAMClient({
        endpoint: iam.url,
        region: REGION,
        credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      })
      const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }))
      client.destroy()
      const found = AccessKeyMetadata.find((key) => key.AccessKeyId === accessKeyId)
      return found === undefined ? 'gone' : found.Status === 'Active' ? 'active' : 'inactive'
    },
  }
}

export function mailKeyKind({ provider }: Pick<Sandbox, 'provider'>): KeyKind<MailKey> {
  return {
    title: 'Provider key',
    explanation: 'of a company that sends mail, and allows two',
    secret: 'mail/sender',
    clients: ['newsletter-1', 'newsletter-2', 'newsletter-3', 'newsletter-4'],
    keyed: () => messageCall(provider),
    shown: ({ keyId }) => end(keyId),
    async stateOf({ keyId }) {
      const found = provider.keys().find(({ id }) => id === keyId)
      return found === undefined ? 'gone' : found.active ? 'active' : 'inactive'
    },
  }
}

function end(id: string): string {
  return `…${id.slice(-4)}`
}

import { randomBytes } from 'node:crypto'
import type { Services } from './services.ts'

/** How the ARNs of overlap.config.ts end. */
const ARN_SUFFIX = 'Sandbx'

/**
 * The secrets that hold keys, as one finds them: the IAM access key of a user, and a key of a company that sends mail, each with all that its applications need, with
 * the ARNs of overlap.config.ts.
 */
export function createKeySecrets({
  iam,
  provider,
  secretsManager,
}: Pick<Services, 'iam' | 'provider' | 'secretsManager'>): void {
  const seed = (name: string, value: object) =>
    secretsManager.seed({ name, secretString: JSON.stringify(value), arnSuffix: ARN_SUFFIX })
  seed('robots/deploy', createAccessKey(iam, 'deployer'))
  seed('mail/admin', { token: provider.adminToken })
  const { id: keyId, key } = provider.seed({ name: 'newsletters', scopes: ['send'] })
  seed('mail/sender', { keyId, key, from: 'shop@example.com' })
}

/** A user of IAM with an access key that works at once, as a secret holds it. */
export function createAccessKey(
  iam: Pick<Services['iam'], 'seed'>,
  userName: string,
): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly userName: string } {
  const secretAccessKey = randomBytes(30).toString('base64')
  const [accessKeyId = ''] = iam.seed({
    name: userName,
    accessKeys: [{ secret: secretAccessKey }],
  }).accessKeyIds
  return { accessKeyId, secretAccessKey, userName }
}

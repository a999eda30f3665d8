import type { OperatedSecrets } from '../../lambdas/operate/operated-secrets.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { type Call, directly } from './process.ts'
import type { FakeSecret } from './secret.ts'

/** One secret in memory as the operate function reaches it: every method is one call of that process. */
export function operatedSecret(secret: FakeSecret, call: Call = directly): OperatedSecrets {
  return {
    describe: () => call('DescribeSecret', secret.describe),
    async *list() {
      yield await call('ListSecrets', secret.describe)
    },
    tag: (_secretId, tags) =>
      call('TagResource', () => {
        for (const [key, value] of Object.entries(tags)) secret.tag(key, value)
      }),
    untag: (_secretId, keys) =>
      call('UntagResource', () => {
        for (const key of keys) secret.tag(key, undefined)
      }),
    createdDates: secret.storeFor(call).createdDates,
    rotate: (_secretId, token) => call('RotateSecret', () => secret.rotate(token)),
    turnOff: () => call('CancelRotateSecret', secret.cancelRotation),
    turnOn: () =>
      call('RotateSecret', () => {
        const waiting = secret.holder('AWSPENDING')
        if (waiting !== undefined && waiting !== secret.holder('AWSCURRENT'))
          throw awsError('InvalidRequestException', "A previous rotation isn't complete.")
        // The version of the lone test is taken away again.
        secret.rotate()
        const from = secret.holder('AWSPENDING')
        if (from !== undefined) secret.moveLabel('AWSPENDING', { from })
      }),
  }
}

/** Several secrets that differ in names and tags; what was written is in `written`, in order. */
export function manySecrets(described: readonly SecretDescription[]) {
  const secrets = new Map(described.map((secret) => [secret.arn, secret]))
  const written: string[] = []
  const find = (secretId: string): SecretDescription => {
    const found = [...secrets.values()].find(({ arn, name }) => arn === secretId || name === secretId)
    if (found === undefined) throw awsError('ResourceNotFoundException', "can't find the specified secret.")
    return found
  }
  const retag = (secretId: string, change: (tags: Map<string, string>) => void) => {
    const secret = find(secretId)
    const tags = new Map(secret.tags)
    change(tags)
    secrets.set(secret.arn, { ...secret, tags })
  }
  const turn = (secretId: string, rotationEnabled: boolean) => {
    const secret = find(secretId)
    written.push(`turn ${rotationEnabled ? 'on' : 'off'} ${secret.name}`)
    secrets.set(secret.arn, { ...secret, rotationEnabled })
  }
  const operated: OperatedSecrets = {
    describe: async (secretId) => find(secretId),
    async *list(functions) {
      for (const secret of secrets.values())
        if (secret.rotationFunction !== undefined && functions.has(secret.rotationFunction)) yield secret
    },
    async tag(secretId, tags) {
      written.push(`tag ${find(secretId).name}`)
      retag(secretId, (all) => {
        for (const [key, value] of Object.entries(tags)) all.set(key, value)
      })
    },
    async untag(secretId, keys) {
      written.push(`untag ${find(secretId).name}`)
      retag(secretId, (all) => {
        for (const key of keys) all.delete(key)
      })
    },
    createdDates: async (secretId) =>
      new Map([...find(secretId).versions.keys()].map((version, at) => [version, new Date(at)])),
    rotate: async (secretId, token) => {
      written.push(`rotate ${find(secretId).name} to ${token}`)
    },
    turnOff: async (secretId) => turn(secretId, false),
    turnOn: async (secretId) => turn(secretId, true),
  }
  return { operated, written, find }
}

export function awsError(name: string, message: string): OverlapError {
  return new OverlapError('SECRETS_MANAGER_FAILED', `${name}: ${message}`, { detail: { awsError: name } })
}

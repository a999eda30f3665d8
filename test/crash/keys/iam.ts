import { randomBytes } from 'node:crypto'
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  LimitExceededException,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Clock } from '../../../sandbox/clock.ts'
import { startIam } from '../../../sandbox/iam/server.ts'
import { startSts } from '../../../sandbox/sts/server.ts'
import type { Fate } from '../lane.ts'
import type { Keeper } from './account.ts'

const region = 'us-east-1'
const DAY_MS = 86_400_000

/** IAM and STS. Engineers and consumers sign by real time, functions by the clock that is given. */
export async function iamKeeper(clock: Clock): Promise<Keeper> {
  const iam = await startIam({ clock, region })
  const sts = await startSts({ iam })
  iam.setPropagation([0])
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' }
  const engineer = new IAMClient({ endpoint: iam.url, region, credentials })

  return {
    kind: 'iam-access-key',
    admin: undefined,
    environment: () => ({ AWS_ENDPOINT_URL_IAM: iam.url, AWS_ENDPOINT_URL_STS: sts.url }),

    async account() {
      const UserName = `robot-${randomBytes(4).toString('hex')}`
      const secretAccessKey = randomBytes(30).toString('base64')
      const created = clock.now() - DAY_MS
      const { accessKeyIds } = iam.seed({
        name: UserName,
        created,
        accessKeys: [{ secret: secretAccessKey, created }],
      })
      const [accessKeyId = ''] = accessKeyIds
      return {
        value: { accessKeyId, secretAccessKey, userName: UserName },
        keyId: (value) => value.accessKeyId ?? '',
        async keys() {
          const { AccessKeyMetadata = [] } = await engineer.send(new ListAccessKeysCommand({ UserName }))
          return AccessKeyMetadata.map(({ AccessKeyId = '', Status }) => ({
            id: AccessKeyId,
            active: Status === 'Active',
          }))
        },
        async accepts({ accessKeyId = '', secretAccessKey = '' }) {
          const consumer = new STSClient({
            endpoint: sts.url,
            region,
            credentials: { accessKeyId, secretAccessKey },
          })
          return consumer.send(new GetCallerIdentityCommand()).then(
            ({ Arn }) => Arn?.endsWith(`user/${UserName}`) === true,
            (error: Error) => {
              if (error.name === 'InvalidClientTokenId') return false
              throw error
            },
          )
        },
        make: () =>
          engineer.send(new CreateAccessKeyCommand({ UserName })).then(
            ({ AccessKey: { AccessKeyId = '', SecretAccessKey = '' } = {} }) => ({
              accessKeyId: AccessKeyId,
              secretAccessKey: SecretAccessKey,
            }),
            (error: unknown) => {
              if (error instanceof LimitExceededException) return undefined
              throw error
            },
          ),
        async remove(AccessKeyId) {
          await engineer.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
        },
      }
    },

    decide(fateOf, onLost) {
      const asked = async ({ action }: { readonly action: string }) => fates[await fateOf(action)]
      for (const service of [iam, sts]) service.decideFates(asked, onLost)
    },
    async close() {
      engineer.destroy()
      await Promise.all([sts.close(), iam.close()])
    },
  }
}

const fates = {
  pass: 'answered',
  'killed before': 'lost before',
  'cut before': 'lost before',
  'killed after': 'lost after',
  'cut after': 'lost after',
  error: 'refused',
  hang: 'silent',
} as const satisfies Record<Fate, string>

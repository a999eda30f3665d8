import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import type { IamAccessKey } from '../../../lambdas/adapters/iam-access-key/credential.ts'
import type { IamAccessKeyOptions } from '../../../lambdas/adapters/iam-access-key/options.ts'
import { iamAccessKeyAdapter, iamAccessKeyRetirer } from '../../../lambdas/adapters/iam-access-key.ts'
import { iamClient } from '../../../lambdas/aws/iam-clients.ts'
import { iamMint, iamRecords, iamRevocations, iamSights } from '../../../lambdas/aws/iam-keys.ts'
import { iamForRetirement, iamForRotation } from '../../../lambdas/aws/iam-wiring.ts'
import { movableClock } from '../../../sandbox/clock.ts'
import { startIam } from '../../../sandbox/iam/server.ts'
import { startSts } from '../../../sandbox/sts/server.ts'

export const HOUR_MS = 3_600_000
const ACCOUNT = '123456789012'

/** IAM and STS of an account, by a clock that moves when somebody sleeps, and secrets whose values are keys of its users. */
export async function iamRig() {
  const clock = movableClock(Date.now())
  const iam = await startIam({ clock, accountId: ACCOUNT, region: 'eu-central-1' })
  const sts = await startSts({ iam })
  iam.setLastUseLag(0)
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'sandbox')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sandbox')
  vi.stubEnv('AWS_ENDPOINT_URL_IAM', iam.url)
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url)
  const signal = () => AbortSignal.timeout(60_000)
  const context = { getRemainingTimeInMillis: () => 60_000 }
  const forRotation = iamForRotation(process.env)(context)
  const forRetirement = iamForRetirement(process.env)(context)
  const account = iamClient()
  const sights = iamSights(account, signal)

  /** As an engineer does at the console. */
  async function byHand(userName: string) {
    const minted = await iamMint(account, signal).create(userName)
    if (minted === 'no room') throw new Error('there is no room')
    return minted
  }

  /** A user whose key a secret holds. It was made a day ago. */
  async function secret() {
    const userName = `robot-${randomUUID().slice(0, 8)}`
    const secretArn = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:robots/${userName}-AbCdEf`
    iam.seed({ name: userName })
    const made = await byHand(userName)
    const first = { accessKeyId: made.id, secretAccessKey: made.secret, userName }
    clock.advance(24 * HOUR_MS)
    /** IAM tells a secret once, so what was told is kept here; that a key really opens something is what the adapter's own test asks STS. */
    const told = new Map([[first.accessKeyId, first.secretAccessKey]])
    /** Without `labelled` the version is there and has no label. */
    const versions = new Map<string, { readonly value: string; readonly labelled: boolean }>()
    let unlisted: readonly string[] = []
    const listing = <Calls extends { readonly sights: typeof sights }>(calls: Calls): Calls => ({
      ...calls,
      sights: {
        ...calls.sights,
        keys: async (of: string) => (await calls.sights.keys(of)).filter(({ id }) => !unlisted.includes(id)),
      },
    })
    const options = (more: Partial<IamAccessKeyOptions> = {}): IamAccessKeyOptions => ({
      secretArn,
      tags: new Map(),
      held: {
        labelled: async () =>
          [...versions].flatMap(([versionId, { value, labelled }]) =>
            labelled ? [{ versionId, value }] : [],
          ),
        of: async (versionId) => versions.get(versionId)?.value,
      },
      now: clock.now,
      sleep: async (ms) => clock.advance(ms),
      remaining: () => Number.POSITIVE_INFINITY,
      ...more,
    })
    const adapter = (more?: Partial<IamAccessKeyOptions>) => {
      const made = iamAccessKeyAdapter(options(more), listing(forRotation))
      return {
        ...made,
        async create(...asked: Parameters<typeof made.create>) {
          const key = await made.create(...asked)
          told.set(key.accessKeyId, key.secretAccessKey)
          return key
        },
      }
    }
    return {
      userName,
      secretArn,
      secretString: JSON.stringify({ ...first, note: 'of the robot' }),
      adapter,
      retirer: (more?: Partial<IamAccessKeyOptions>) =>
        iamAccessKeyRetirer(options(more), listing(forRetirement)),
      holds: (versionId: string, key: IamAccessKey, labelled = true) =>
        void versions.set(versionId, { value: adapter().serialize(key), labelled }),
      unlists: (...keys: readonly IamAccessKey[]) => {
        unlisted = keys.map(({ accessKeyId }) => accessKeyId)
      },
      keys: () => sights.keys(userName),
      tags: () => sights.tags(userName),
      async works({ accessKeyId, secretAccessKey }: IamAccessKey): Promise<boolean> {
        const key = (await sights.keys(userName)).find(({ id }) => id === accessKeyId)
        return key?.active === true && told.get(accessKeyId) === secretAccessKey
      },
      async madeByHand(): Promise<IamAccessKey> {
        const minted = await byHand(userName)
        told.set(minted.id, minted.secret)
        return {
          ...adapter().parse(JSON.stringify(first)),
          accessKeyId: minted.id,
          secretAccessKey: minted.secret,
        }
      },
      deletedByHand: (id: string) => iamRevocations(account, signal).remove(userName, id),
    }
  }

  return {
    clock,
    iam,
    sts,
    secret,
    passes: (ms: number) => clock.advance(ms),
    activateByHand: ({ userName, accessKeyId }: IamAccessKey) =>
      iamRecords(account, signal).activate(userName, accessKeyId),
    async stop() {
      vi.unstubAllEnvs()
      await sts.close()
      await iam.close()
    },
  }
}

export type IamRig = Awaited<ReturnType<typeof iamRig>>
export type RiggedSecret = Awaited<ReturnType<IamRig['secret']>>

import type { IamAccessKey } from '../../../lambdas/adapters/iam-access-key/credential.ts'
import { adapterContract } from '../../contracts/adapter.contract.ts'
import { type IamRig, iamRig } from './rig.ts'

const frontEnds: Readonly<Record<string, readonly number[]>> = {
  'access keys of IAM users': [0],
  'access keys of IAM users that each front end learns of at a time of its own': [0, 2_000, 5_000],
}

for (const [name, propagation] of Object.entries(frontEnds)) {
  let rig: IamRig
  adapterContract<IamAccessKey>(name, {
    async start() {
      rig = await iamRig()
      rig.iam.setPropagation(propagation)
    },
    stop: () => rig.stop(),
    overlap: true,
    traits: { credentials: 'minted', tells: 'last use', records: true, disables: true },
    async subject() {
      const { secretString, adapter, retirer, holds, works, unlists, madeByHand } = await rig.secret()
      return {
        secretString,
        adapter: () => adapter(),
        retirer: () => retirer(),
        works,
        async use({ accessKeyId }) {
          rig.iam.use(accessKeyId, { service: 's3', region: 'eu-central-1' })
          return async () => {}
        },
        corrupted: (key) => ({ ...key, secretAccessKey: 'anothersecretaccesskeyofthesamelength000' }),
        elsewhere: (key) => ({ ...key, userName: 'somebody-else' }),
        minted: { holds, passes: rig.passes, unlists, madeByHand },
      }
    },
  })
}

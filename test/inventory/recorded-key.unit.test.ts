import { describe, expect, it } from 'vitest'
import { recordTag, recordText, secretMark } from '../../lambdas/adapters/iam-access-key/record-tag.ts'
import { markOf, secretOfKey } from '../../lambdas/inventory/recorded-key.ts'

const key = {
  id: 'AKIA0001',
  userName: 'deployer',
  userArn: 'arn:aws:iam::111122223333:user/deployer',
  active: true,
  created: undefined,
  isOnly: true,
}
const states = ['live', 'disabling', 'disabled', 'leaked', 'orphan'] as const

/** The rotation writes the tag, and the inventory, which imports no adapter, reads it. */
describe('the record of a key, as a rotation writes it on the IAM user', () => {
  it.each([
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/deployer-AbCdEf',
    'arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:mail-000000',
    'arn:aws:secretsmanager:us-east-1:444455556666:secret:a b+c=@é-ZyXwVu',
  ])('names the secret %s as the inventory knows it', (arn) => {
    for (const state of states) {
      const written = recordText(secretMark(arn), { versionId: 'release 7, by hand', state, since: 0 })
      expect(secretOfKey({ ...key, tags: new Map([[recordTag(key.id), written]]) })).toBe(markOf(arn))
    }
  })
})

import { expect, it } from 'vitest'
import { labelledDates } from '../../lambdas/aws/version-dates.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'

it('of many secrets asks for the labelled versions alone, which take one call', async () => {
  const { client, sent } = secretsManagerAnswering({
    ListSecretVersionIdsCommand: () => ({ Versions: [{ VersionId: 'one', CreatedDate: new Date(1) }] }),
  })
  const datesOf = labelledDates(client)(() => new AbortController().signal)
  expect(await datesOf('arn')).toEqual(new Map([['one', new Date(1)]]))
  expect(sent.map(({ input }) => input)).toEqual([
    expect.objectContaining({ SecretId: 'arn', IncludeDeprecated: false }),
  ])
})

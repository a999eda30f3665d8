import { expect, it } from 'vitest'
import { namedFunction } from '../../lambdas/inventory/ours.ts'
import { seedCompany } from '../../sandbox/company.ts'
import { guide } from '../../sandbox/guide.ts'

it('says of every deployment of the company that it is not deployed here', () => {
  const deployments = new Set<string | undefined>()
  const account: Parameters<typeof seedCompany>[0] = {
    secretsManager: {
      seed({ rotation }) {
        deployments.add(namedFunction(rotation?.functionArn)?.deployment)
        return { arn: '', versionId: '' }
      },
    },
    iam: { seed: () => ({ arn: '', accessKeyIds: [] }) },
  }
  seedCompany(account, {
    now: Date.parse('2026-11-25T12:00:00Z'),
    region: 'us-east-1',
    accountId: '123456789012',
  })
  const url = 'http://127.0.0.1:1'
  const text = guide(
    {
      ...{ endpoint: url, lambda: url, iam: url, region: 'us-east-1', secrets: ['shop/app'] },
      postgres: { host: '127.0.0.1', port: 1, database: 'app' },
    },
    { caFile: 'ca.pem', checks: [], times: '', commands: '', company: '60 secrets of a company' },
  )
  const named = [...deployments].filter((name) => name !== undefined)
  expect(named).toEqual(['payments'])
  for (const name of named)
    expect(text).toContain(`The deployment ${name} belongs to that company and is not deployed here`)
})

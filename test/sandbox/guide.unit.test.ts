import { expect, it } from 'vitest'
import { run } from '../../cli/program.ts'
import { namedFunction } from '../../lambdas/inventory/ours.ts'
import { seedCompany } from '../../sandbox/company.ts'
import { guide } from '../../sandbox/guide.ts'

function shown(): string {
  const url = 'http://127.0.0.1:1'
  return guide(
    {
      ...{ endpoint: url, lambda: url, iam: url, sts: url, region: 'us-east-1', secrets: ['shop/app'] },
      postgres: { host: '127.0.0.1', port: 1, database: 'app' },
    },
    { caFile: 'ca.pem', checks: [], times: '', commands: '', company: '60 secrets of a company' },
  )
}

it('shows every command for people, each as the command line takes it', async () => {
  const commands = [...shown().matchAll(/^ {2}npm run overlap -- (.+)$/gm)].map(([, command = '']) => command)
  const taken: string[] = []
  for (const command of commands) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
    await run(words, {
      out: () => undefined,
      err: () => undefined,
      ask: async () => {
        taken.push(command)
        return { results: [{ secret: 'arn', name: 'shop/app', outcome: 'done' }] }
      },
      inventory: async () => {
        taken.push(command)
        return 0
      },
      by: 'ann@desk',
      now: () => 0,
    })
  }

  expect(taken).toEqual(commands)
  const names = new Set(commands.map((command) => command.split(' ')[0]))
  for (const name of [
    'check',
    'status',
    'rollback',
    'retire',
    'leaked',
    'repair',
    'acknowledge',
    'inventory',
  ])
    expect(names).toContain(name)
})

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
  const text = shown()
  const named = [...deployments].filter((name) => name !== undefined)
  expect(named).toEqual(['payments'])
  for (const name of named)
    expect(text).toContain(`The deployment ${name} belongs to that company and is not deployed here`)
})

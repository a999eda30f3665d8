import { randomUUID } from 'node:crypto'
import type { SeededSecret } from '../secrets-manager/server.ts'
import { daysBefore, type Replacements, replaced, untouched } from './past.ts'
import type { CompanyPlace } from './place.ts'

/** Those that something rotates: another deployment of Overlap, an AWS service, or the primary in another Region. */
export function managedSecrets(place: CompanyPlace): readonly SeededSecret[] {
  return [...paymentsSecrets(place), ...awsSecrets(place), ...replicatedSecrets(place)]
}

function paymentsSecrets({ now, region, accountId }: CompanyPlace): readonly SeededSecret[] {
  const functionArn = `arn:aws:lambda:${region}:${accountId}:function:payments-rotate-postgres-main`
  const rotation = { functionArn, automaticallyAfterDays: 90 }
  const tags = {
    'overlap:kind': 'postgres',
    'overlap:owner': 'team-payments',
    'overlap:mode': 'enforce',
  }
  const payments = (
    name: string,
    { more = {}, ...ages }: Replacements & { readonly more?: Readonly<Record<string, string>> },
  ): SeededSecret => ({
    ...replaced(now, { ...ages, name: `payments/${name}`, tags: { ...tags, ...more }, rotation }),
    rotated: daysBefore(now, ages.current),
  })
  const labelled = (secret: SeededSecret, replacedId: string): SeededSecret => {
    const [previous, ...others] = secret.versions ?? []
    const draining = { ...previous, labels: ['AWSPREVIOUS', 'DRAINING'], id: replacedId }
    return { ...secret, versions: [draining, ...others] }
  }
  const waiting = (secret: SeededSecret, pending: string, days: number): SeededSecret => ({
    ...secret,
    versions: [
      ...(secret.versions ?? []),
      { id: pending, labels: ['AWSPENDING'], created: daysBefore(now, days), empty: true },
    ],
  })
  const sinceDays = (days: number) => new Date(daysBefore(now, days)).toISOString()
  const [reports, legacy, settlement, refunds] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  return [
    payments('ledger', { since: 700, current: 4, previous: 11 }),
    labelled(
      payments('reports', {
        ...{ since: 650, current: 0.4, previous: 7.4 },
        more: { 'overlap:state': `v=1 draining=${reports} since=${sinceDays(0.4)}` },
      }),
      reports,
    ),
    labelled(
      payments('legacy', {
        ...{ since: 900, current: 20, previous: 110 },
        more: { 'overlap:mode': 'observe', 'overlap:state': `v=1 draining=${legacy} since=${sinceDays(20)}` },
      }),
      legacy,
    ),
    waiting(
      payments('settlement', {
        ...{ since: 500, current: 7, previous: 14 },
        more: { 'overlap:state': `v=1 pending=${settlement} waiting=${sinceDays(0.01)}` },
      }),
      settlement,
      0.01,
    ),
    waiting(
      payments('refunds', {
        ...{ since: 500, current: 86, previous: 93 },
        more: { 'overlap:state': `v=1 pending=${refunds} waiting=${sinceDays(2)}` },
      }),
      refunds,
      2,
    ),
    payments('fraud', {
      ...{ since: 420, current: 30, previous: 37 },
      more: { 'overlap:hold': `${sinceDays(-12)} year-end close: ask Ines` },
    }),
    payments('cards', { since: 800, current: 45, previous: 76, more: { 'overlap:max-age': '30d' } }),
    payments('invoices', { since: 300, current: 12, previous: 19, more: { 'overlap:drain': 'a day or so' } }),
    {
      ...payments('archive', { since: 1_200, current: 130, previous: 137 }),
      rotation: { ...rotation, enabled: false },
    },
  ]
}

function awsSecrets({ now, accountId, region }: CompanyPlace): readonly SeededSecret[] {
  const rds = (name: string, ages: Replacements): SeededSecret => ({
    ...replaced(now, {
      ...ages,
      name,
      owningService: 'rds',
      description: `The secret associated with the primary RDS DB cluster: arn:aws:rds:${region}:${accountId}:cluster:shop`,
      tags: { 'aws:rds:primaryDBClusterArn': `arn:aws:rds:${region}:${accountId}:cluster:shop` },
    }),
  })
  return [
    rds('rds!cluster-2f1d6c1e-6a0c-4a53-9d86-0c5ad2f7f5a1', { since: 210, current: 3, previous: 10 }),
    rds('rds!cluster-7e0b7c3d-3f65-4a3b-8e17-5b1f1f3a9c44', { since: 400, current: 82, previous: 89 }),
    untouched(now, {
      name: 'redshift!warehouse-awsuser',
      owningService: 'redshift',
      since: 25,
      tags: {
        'aws:redshift:primaryClusterArn': `arn:aws:redshift:${region}:${accountId}:namespace:warehouse`,
      },
    }),
  ]
}

function replicatedSecrets({ now, region }: CompanyPlace): readonly SeededSecret[] {
  const elsewhere = region === 'eu-west-1' ? 'us-east-1' : 'eu-west-1'
  const ages = { since: 365, current: 60, previous: 150 }
  return [
    replaced(now, {
      ...{
        ...ages,
        name: 'checkout/session-key',
        primaryRegion: elsewhere,
        tags: { owner: 'team-checkout' },
      },
    }),
    replaced(now, {
      ...{ ...ages, name: 'search/session-key', primaryRegion: region, tags: { owner: 'team-search' } },
    }),
  ]
}

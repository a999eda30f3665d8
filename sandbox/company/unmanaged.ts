import type { SeededSecret } from '../secrets-manager/server.ts'
import { daysBefore, replaced, untouched } from './past.ts'
import type { CompanyPlace } from './place.ts'

/** Those that nobody rotates, or something else than Overlap. */
export function unmanagedSecrets(place: CompanyPlace): readonly SeededSecret[] {
  return [...neverRotated(place), ...rotatedByHand(place), ...rotatedByTemplate(place)]
}

function neverRotated({ now, region, accountId }: CompanyPlace): readonly SeededSecret[] {
  const database = `arn:aws:kms:${region}:${accountId}:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809`
  return [
    untouched(now, {
      name: 'checkout/stripe',
      since: 812,
      tags: { owner: 'team-checkout' },
      description: 'API key of the payment provider',
      lastAccessed: daysBefore(now, 0.5),
    }),
    untouched(now, { name: 'checkout/sendgrid', since: 433, description: 'Mails about orders' }),
    untouched(now, {
      name: 'crm/postgres',
      since: 290,
      keyId: database,
      tags: { Team: 'crm' },
      description: 'PostgreSQL user of the CRM',
    }),
    untouched(now, { name: 'ops/vpn', since: 80, tags: { owner: 'team-platform' } }),
    // Made by a template, and nobody has stored a value in it yet.
    { ...untouched(now, { name: 'crm/mail-gateway', since: 130, tags: { Team: 'crm' } }), versions: [] },
    untouched(now, { name: 'crm/webhook-signing', since: 20, tags: { Team: 'crm' } }),
    untouched(now, {
      name: 'legacy/ftp',
      since: 1_496,
      description: 'Do not delete!!! (Jan)',
      lastAccessed: daysBefore(now, 702),
    }),
    untouched(now, {
      name: 'ci/registry-token',
      since: 61,
      tags: { owner: 'team-platform', 'aws:cloudformation:stack-name': 'ci' },
    }),
  ]
}

/** A tag that somebody edited last week moves LastChangedDate: how old these are only the dates of their versions tell. */
function rotatedByHand({ now }: CompanyPlace): readonly SeededSecret[] {
  const edited = daysBefore(now, 6)
  return [
    { ...replaced(now, { name: 'ops/grafana', since: 900, current: 340, previous: 700 }), changed: edited },
    {
      ...replaced(now, {
        ...{ since: 520, current: 81, previous: 300 },
        name: 'ops/pagerduty',
        tags: { Owner: 'team-platform' },
      }),
      changed: edited,
    },
    replaced(now, {
      name: 'mobile/push-key',
      since: 410,
      current: 5,
      previous: 402,
      tags: { team: 'mobile' },
    }),
    replaced(now, {
      name: 'mobile/store-key',
      since: 410,
      current: 95,
      previous: 402,
      tags: { team: 'mobile' },
    }),
  ]
}

/** By the functions that AWS offers as templates. */
function rotatedByTemplate({ now, region, accountId }: CompanyPlace): readonly SeededSecret[] {
  const functionArn = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`
  const postgres = functionArn('SecretsManagerRDSPostgreSQLRotationSingleUser')
  return [
    {
      ...replaced(now, {
        ...{ since: 600, current: 18, previous: 48 },
        name: 'analytics/warehouse',
        tags: { owner: 'team-analytics' },
        rotation: { functionArn: postgres, automaticallyAfterDays: 30, next: daysBefore(now, -12) },
      }),
      rotated: daysBefore(now, 18),
    },
    {
      ...replaced(now, {
        ...{ since: 600, current: 155, previous: 185 },
        name: 'analytics/events',
        tags: { owner: 'team-analytics' },
        rotation: { functionArn: postgres, automaticallyAfterDays: 30, enabled: false },
      }),
      rotated: daysBefore(now, 155),
    },
    {
      ...replaced(now, {
        ...{ since: 330, current: 83, previous: 113 },
        name: 'analytics/mysql',
        tags: { owner: 'team-analytics' },
        description: 'MySQL user of the nightly import',
        rotation: {
          functionArn: functionArn('SecretsManagerRDSMySQLRotationMultiUser'),
          automaticallyAfterDays: 85,
          next: daysBefore(now, -2),
        },
      }),
      rotated: daysBefore(now, 83),
    },
  ]
}

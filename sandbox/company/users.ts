import type { SeededUser } from '../iam/server.ts'
import { daysBefore } from './past.ts'
import type { CompanyPlace } from './place.ts'

export function users({ now }: CompanyPlace): readonly SeededUser[] {
  const ago = (days: number) => daysBefore(now, days)
  return [
    {
      name: 'deploy',
      path: '/ci/',
      created: ago(1_100),
      tags: { owner: 'team-platform' },
      accessKeys: [{ active: false, created: ago(1_100) }, { created: ago(512) }],
    },
    {
      name: 'terraform',
      path: '/ci/',
      created: ago(640),
      tags: { owner: 'team-platform' },
      accessKeys: [{ created: ago(9) }],
    },
    { name: 'backup', created: ago(700), tags: { Team: 'ops' }, accessKeys: [{ created: ago(80) }] },
    { name: 'mailer', created: ago(460), accessKeys: [{ created: ago(95) }] },
    { name: 'former.contractor', created: ago(1_300), accessKeys: [{ active: false, created: ago(1_300) }] },
    { name: 'alice@example.com', created: ago(300), tags: { owner: 'team-shop' } },
    { name: '=cmd@example.com', created: ago(220), tags: { owner: '@SUM' }, accessKeys: [{}] },
  ]
}

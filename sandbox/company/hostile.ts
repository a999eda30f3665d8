import type { SeededSecret } from '../secrets-manager/server.ts'
import { untouched } from './past.ts'
import type { CompanyPlace } from './place.ts'

/** Names, owners and descriptions that AWS takes and that a spreadsheet, a terminal, a page or a program may choke on. */
export function hostileSecrets({ now }: CompanyPlace): readonly SeededSecret[] {
  return [
    untouched(now, {
      name: '=cmd/C!A0',
      since: 240,
      tags: { owner: '=1+2' },
      description: '<img src=x onerror="alert(document.domain)"><script>alert(1)</script>',
    }),
    untouched(now, {
      name: '-rf/@SUM+A1',
      since: 120,
      tags: { owner: '@team' },
      description: '\u001b[2J\u001b]0;owned\u0007\r\nsecond line\u202egnihtemos',
    }),
    untouched(now, { name: '__proto__', since: 95, tags: { owner: 'constructor' } }),
    untouched(now, {
      name: `deeply/${'nested/'.repeat(24)}secret`,
      since: 30,
      tags: { owner: 'Ünïcödé קבוצה 团队\u2028line' },
      description: "'; }, { name: 'not/one', arn: process.exit() }, //",
    }),
  ]
}

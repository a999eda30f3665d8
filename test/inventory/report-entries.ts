import type { Entry } from '../../lambdas/inventory/entry.ts'
import { type ReportAbout, reportPage } from '../../lambdas/inventory/report-page.ts'

export const NOW = Date.parse('2026-11-25T12:00:00Z')
export const DAY = 86_400_000

/** A fresh secret of team-shop, changed as asked. */
export function entry(name: string, changes: Partial<Entry> = {}): Entry {
  return {
    type: 'secret',
    id: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`,
    name,
    owner: 'team-shop',
    age: { since: NOW - 10 * DAY, precision: 'exact', of: 'AWSCURRENT' },
    lastRotated: NOW - 10 * DAY,
    nextDue: NOW + 4 * DAY,
    states: ['FRESH'],
    reason: undefined,
    because: undefined,
    path: { kind: 'postgres', says: 'Overlap rotates it, weekly.', entry: undefined, run: undefined },
    ...changes,
  }
}

/** A secret that is this many days old, and stale from 90. */
export function aged(name: string, days: number, changes: Partial<Entry> = {}): Entry {
  return entry(name, {
    age: { since: NOW - days * DAY, precision: 'exact', of: 'AWSCURRENT' },
    lastRotated: NOW - days * DAY,
    states: [days >= 90 ? 'STALE' : days >= 75 ? 'DUE' : 'FRESH'],
    ...changes,
  })
}

/** The report, all of it. */
export function wholePage(entries: readonly Entry[], about: ReportAbout): string {
  return [...reportPage(entries, about)].join('')
}

/** What others could write to take a page over. `origin` is where it would tell what it found. */
export function hostileTexts(origin: string): readonly string[] {
  const does = `window.taken=1;fetch('${origin}/fetch')`
  return [
    `<script>${does}</script>`,
    `"><img src="${origin}/img" onerror="window.taken=1">`,
    `'><svg onload="${does}">`,
    `</script><script>${does}</script>`,
    `</style><link rel=stylesheet href=${origin}/css>`,
    `</title></pre></bdi></details></cwdb-action><iframe srcdoc="<script>parent.taken=1</script>"></iframe>`,
    `<meta http-equiv=refresh content="0;url=${origin}/refresh">`,
    `<base href=${origin}/><form action=${origin}/form><button autofocus onfocus=window.taken=1>`,
    'javascript:window.taken=1',
    '\u202egnp.exe\u2066\u0000\u001b[2J\ud800',
    '&lt;script&gt;window.taken=1&lt;/script&gt;',
    `${'x'.repeat(512)}`,
  ]
}

/** A credential that has this text in every place that others fill. */
export function hostile(text: string, type: Entry['type'] = 'secret'): Entry {
  return entry(text, {
    type,
    id: text,
    owner: text,
    states: ['NEVER_ROTATED', 'STALE', 'BLOCKED', 'DRAINING', 'UNMANAGED'],
    age: { since: NOW - 400 * DAY, precision: 'at least', of: 'secret' },
    reason: text,
    because: text,
    path: { kind: text, says: text, entry: text, run: text },
  })
}

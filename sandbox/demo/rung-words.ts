import { crewed } from './crew.ts'
import type { RetirementFacts } from './facts.ts'

const meanings: Readonly<Record<string, string>> = {
  a: 'a log of logins without a gap shows none',
  b: 'never seen in use',
  c: 'nobody was refused while it was disabled',
  d: 'the clock alone',
  accepted: 'it was in use, and a person accepted that',
  leaked: 'it leaked, so nobody waited for more',
}

/** Such as `b: never seen in use, 6 looks, 4 of 4 consumers on the new version`. */
export function rungWords({ rung, looks, consumers }: RetirementFacts): string {
  const meaning = meanings[rung] ?? 'not on record'
  if (rung === 'leaked') return `${rung}: ${meaning}`
  return `${rung}: ${meaning}, ${looks} looks, ${consumers} of ${Object.keys(crewed).length} consumers on the new version`
}

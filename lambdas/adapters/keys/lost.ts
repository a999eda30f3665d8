import type { Standing } from './classify.ts'
import type { LastUse } from './place.ts'

export type Lost = Extract<Standing, { is: 'lost' }>

/**
 * Is it certain that a rotation minted it, and that nobody ever knew its secret? `waiting`: the version that has no value yet. Any other one whose value is gone may have had one once, with a key
 * that is in use.
 */
export function isNobodys({ sure, of, neverHeld }: Lost, use: LastUse, waiting: string | undefined): boolean {
  return sure && (use.known === 'never' || of === waiting || neverHeld)
}

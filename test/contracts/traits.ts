/** In what kinds of credential differ, and what the contract asks of each. */
export interface Traits {
  /** A credential takes the place of another, and can be put there again. Or each one is made by the target, works from then on, and is gone for ever once it is removed. */
  readonly credentials: 'in slots' | 'minted'
  /** What the target knows of uses. */
  readonly tells: 'sessions' | 'last use' | 'nothing'
  /** Does it have on record, also of a credential that it did not make itself, which version holds it and in which state? */
  readonly records: boolean
  /** Can a credential be taken out of use so that it can be put back? */
  readonly disables: boolean
}

export const inSlots: Traits = { credentials: 'in slots', tells: 'sessions', records: true, disables: true }

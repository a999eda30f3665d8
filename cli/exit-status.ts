/** How the program ends, for a script. A number never changes its meaning. */
export const exitStatus = {
  WELL: 0,
  /** Something is blocked, stuck or failed, was not confirmed, or an inventory is not complete. */
  NOT_WELL: 1,
  /** The request was not understood, and nothing was done. */
  MISUSE: 2,
  /** Something that an inventory lists is stale. */
  STALE: 3,
} as const

import type { Census } from '../../lambdas/sweep/census.ts'

/** Counts nothing; for tests about something else. */
export const noCensus: Census = { see() {}, publish: async () => ({ outcome: 'counted' }) }

import type { OverlapError } from './errors.ts'

/** `page`: a consumer is failing, or soon will be. `ticket`: it needs work, and nobody is hurt. */
export type Severity = 'page' | 'ticket'

/**
 * Of a failure, by what it says: AWSCURRENT does not open its target, or whoever threw it knows that a credential that consumers use was disabled and
 * could not be put back. A rotation that failed and changed nothing is a ticket. What is deferred is neither, and does not get here.
 */
export function severityOf({ code, detail }: OverlapError): Severity {
  return code === 'CURRENT_REFUSED' || detail.consumersAffected === true ? 'page' : 'ticket'
}

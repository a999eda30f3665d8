import { OverlapError } from '../rotation/errors.ts'
import { formatHold, parseInstant } from '../rotation/hold.ts'

/** What a person asks of a deployment. */
export type OperateRequest = (
  | { readonly action: 'check' | 'provision' | 'leave'; readonly target: OneSecret }
  | {
      readonly action: 'hold'
      readonly target: Target
      /** Milliseconds since the epoch. */
      readonly until: number
      readonly reason: string
    }
  | { readonly action: 'release'; readonly target: Target }
) & {
  /** Who asks, in the caller's own words: for the log, never for a decision. */
  readonly by: string | undefined
}

export interface OneSecret {
  /** Name or ARN. */
  readonly secret: string
}

/** One secret, or every one that this deployment rotates. */
export type Target = OneSecret | { readonly all: true }

const actions = ['check', 'provision', 'hold', 'release', 'leave'] as const
const LONGEST_CALLER = 256

/** `now` in milliseconds since the epoch. Throws `EVENT_INVALID` naming the field. */
export function parseOperateRequest(event: unknown, now: number): OperateRequest {
  const fields = (typeof event === 'object' && event !== null ? event : {}) as Record<string, unknown>
  const action = actions.find((known) => known === fields.action)
  const by = caller(fields.by)
  switch (action) {
    case undefined:
      throw invalid('action', `one of ${actions.join(', ')}`)
    case 'check':
    case 'provision':
    case 'leave':
      return { action, target: oneSecret(fields), by }
    case 'release':
      return { action, target: target(fields), by }
    case 'hold':
      return { action, target: target(fields), ...holding(fields, now), by }
  }
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the request must be ${expected}`)
}

function target(fields: Record<string, unknown>): Target {
  const { all, secret } = fields
  if (all === undefined || all === false) return oneSecret(fields)
  if (all !== true) throw invalid('all', 'true or absent')
  if (secret !== undefined) throw invalid('secret', 'absent when all are meant')
  return { all }
}

function oneSecret({ secret, all }: Record<string, unknown>): OneSecret {
  if (all === true) throw invalid('all', 'absent: this is done for one secret at a time')
  if (typeof secret !== 'string' || !isName(secret))
    throw invalid('secret', 'the name or the ARN of a secret')
  return { secret }
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
function isName(text: string): boolean {
  return (
    /^[\w/+=.@-]{1,512}$/.test(text) ||
    /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,519}$/.test(text)
  )
}

function holding({ until, reason }: Record<string, unknown>, now: number): { until: number; reason: string } {
  const instant = typeof until === 'string' ? parseInstant(until) : undefined
  if (instant === undefined)
    throw invalid('until', 'an ISO 8601 instant with its time zone, such as 2026-12-27T00:00:00Z')
  if (instant <= now) throw invalid('until', `in the future; ${until} is past`)
  if (typeof reason !== 'string' || reason.trim() === '')
    throw invalid('reason', 'a text: whoever meets the hold wants to know why')
  formatHold({ until: instant, reason })
  return { until: instant, reason: reason.trim() }
}

function caller(by: unknown): string | undefined {
  if (by === undefined) return undefined
  if (typeof by !== 'string' || by.length > LONGEST_CALLER)
    throw invalid('by', `absent or a text of up to ${LONGEST_CALLER} characters`)
  return by
}

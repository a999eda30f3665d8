import { OverlapError } from '../rotation/errors.ts'
import { formatHold, parseInstant } from '../rotation/hold.ts'

/** What a person, or a machine that acknowledges, asks of a deployment. */
export type OperateRequest = Wanted & {
  /** Who asks, in the caller's own words: for the log and the journal, never for a decision. */
  readonly by: string | undefined
}

type Wanted =
  | { readonly action: 'check' | 'provision' | 'leave'; readonly target: OneSecret }
  | { readonly action: 'status' | 'release'; readonly target: Target }
  | {
      readonly action: 'hold'
      readonly target: Target
      /** Milliseconds since the epoch. */
      readonly until: number
      readonly reason: string
    }
  | {
      readonly action: 'rollback'
      readonly target: OneSecret
      /** Version id; undefined: the one that was AWSCURRENT before. */
      readonly to: string | undefined
      readonly reason: string
    }
  | {
      readonly action: 'retire'
      readonly target: OneSecret
      /** Names of sightings that are no obstacle. None: only what is in the way is asked. */
      readonly despite: readonly string[]
      /** Empty where nothing is accepted. */
      readonly reason: string
    }
  | {
      readonly action: 'repair'
      readonly target: OneSecret
      /** The version that whoever asks was shown; undefined: nothing is done, and that is shown. */
      readonly confirm: string | undefined
    }
  | {
      readonly action: 'leaked'
      readonly target: OneSecret
      /** Which version leaked; undefined: the one that is AWSCURRENT. */
      readonly version: string | undefined
      readonly confirm: string | undefined
      readonly reason: string
    }
  | {
      readonly action: 'acknowledge'
      readonly target: OneSecret
      /** As the tag `overlap:consumers` names it. */
      readonly consumer: string
      /** The version that it runs; undefined: the one that is AWSCURRENT. */
      readonly version: string | undefined
    }

export type Action = OperateRequest['action']
export type RequestOf<A extends Action> = Extract<OperateRequest, { readonly action: A }>

export interface OneSecret {
  /** Name or ARN. */
  readonly secret: string
}

/** One secret, or every one that this deployment rotates. */
export type Target = OneSecret | { readonly all: true }

/** By the name of a function what may be asked of it: who may invoke it has that right, and no other. */
export const actionsOf = {
  operate: ['check', 'provision', 'hold', 'release', 'leave', 'rollback', 'retire', 'repair', 'acknowledge'],
  view: ['status'],
  revoke: ['leaked'],
  acknowledge: ['acknowledge'],
} as const satisfies Record<string, readonly Action[]>

export type Part = keyof typeof actionsOf

/** The function that was asked: the deployment's name, and which of its functions it is. */
export interface Asked {
  readonly deployment: string
  readonly part: Part
}

/** `now` in milliseconds since the epoch. Throws `EVENT_INVALID` naming the field, or the function to ask. */
export function parseOperateRequest(event: unknown, now: number, asked: Asked): OperateRequest {
  const fields = (typeof event === 'object' && event !== null ? event : {}) as Fields
  const action = allowed(fields.action, asked)
  return { ...wanted(action, fields, now), by: caller(fields.by) }
}

type Fields = Readonly<Record<string, unknown>>

function allowed(action: unknown, { deployment, part }: Asked): Action {
  const own: readonly Action[] = actionsOf[part]
  const found = own.find((known) => known === action)
  if (found !== undefined) return found
  const other = (Object.keys(actionsOf) as Part[]).find((one) =>
    actionsOf[one].some((known) => known === action),
  )
  if (other === undefined) throw invalid('action', `one of ${own.join(', ')}`)
  throw new OverlapError(
    'EVENT_INVALID',
    `field action of the request: ${deployment}-${part} does not do ${String(action)}. Ask ${deployment}-${other}`,
  )
}

function wanted(action: Action, fields: Fields, now: number): Wanted {
  switch (action) {
    case 'check':
    case 'provision':
    case 'leave':
      return { action, target: oneSecret(fields) }
    case 'status':
    case 'release':
      return { action, target: target(fields) }
    case 'hold':
      return { action, target: target(fields), ...holding(fields, now) }
    case 'rollback':
      return { action, target: oneSecret(fields), to: version(fields, 'to'), reason: reason(fields) }
    case 'retire': {
      const despite = names(fields)
      return { action, target: oneSecret(fields), despite, reason: despite.length > 0 ? reason(fields) : '' }
    }
    case 'repair':
      return { action, target: oneSecret(fields), confirm: version(fields, 'confirm') }
    case 'leaked':
      return {
        action,
        target: oneSecret(fields),
        version: version(fields, 'version'),
        confirm: version(fields, 'confirm'),
        reason: reason(fields),
      }
    case 'acknowledge':
      return {
        action,
        target: oneSecret(fields),
        consumer: consumer(fields),
        version: version(fields, 'version'),
      }
  }
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the request must be ${expected}`)
}

function target(fields: Fields): Target {
  const { all, secret } = fields
  if (all === undefined || all === false) return oneSecret(fields)
  if (all !== true) throw invalid('all', 'true or absent')
  if (secret !== undefined) throw invalid('secret', 'absent when all are meant')
  return { all }
}

function oneSecret({ secret, all }: Fields): OneSecret {
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

function holding({ until, reason }: Fields, now: number): { until: number; reason: string } {
  const instant = typeof until === 'string' ? parseInstant(until) : undefined
  if (instant === undefined)
    throw invalid('until', 'an ISO 8601 instant with its time zone, such as 2026-12-27T00:00:00Z')
  if (instant <= now) throw invalid('until', `in the future; ${until} is past`)
  if (typeof reason !== 'string' || reason.trim() === '')
    throw invalid('reason', 'a text: whoever meets the hold wants to know why')
  formatHold({ until: instant, reason })
  return { until: instant, reason: reason.trim() }
}

const LONGEST_TEXT = 256

/** For the journal, so any character will do that is on one line. */
function reason({ reason: words }: Fields): string {
  if (!isText(words, LONGEST_TEXT) || words.trim() === '')
    throw invalid(
      'reason',
      `a text of 1 to ${LONGEST_TEXT} characters on one line: whoever reads the journal wants to know why`,
    )
  return words.trim()
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
const LONGEST_VERSION = 64

function version(fields: Fields, field: string): string | undefined {
  const id = fields[field]
  if (id === undefined) return undefined
  if (!isText(id, LONGEST_VERSION)) throw invalid(field, 'absent or the id of a version')
  return id
}

const MOST_NAMES = 20

/** An application's name is as long as PostgreSQL lets it be, and an address as an IPv6 address with its zone. */
const LONGEST_NAME = 200

function names({ despite = [] }: Fields): readonly string[] {
  const expected = `a list of up to ${MOST_NAMES} names of sightings, as status shows them`
  if (!Array.isArray(despite) || despite.length > MOST_NAMES) throw invalid('despite', expected)
  const found = despite.filter((name) => isText(name, LONGEST_NAME))
  if (found.length !== despite.length) throw invalid('despite', expected)
  return found
}

function consumer({ consumer: name }: Fields): string {
  if (!isText(name, LONGEST_TEXT))
    throw invalid('consumer', 'a consumer as the tag overlap:consumers names it')
  return name
}

function isText(value: unknown, longest: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= longest &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)
  )
}

function caller(by: unknown): string | undefined {
  if (by === undefined) return undefined
  if (typeof by !== 'string' || by.length > LONGEST_TEXT)
    throw invalid('by', `absent or a text of up to ${LONGEST_TEXT} characters`)
  return by
}

import { describe, expect, it } from 'vitest'
import { type ErrorCode, OverlapError } from '../../lambdas/rotation/errors.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'

interface Row {
  readonly when: string
  readonly code: ErrorCode
  readonly detail?: Readonly<Record<string, string | number | boolean>>
  readonly severity: string
}

describe('a failure', () => {
  it.each<Row>([
    { when: 'AWSCURRENT does not open its target', code: 'CURRENT_REFUSED', severity: 'page' },
    {
      when: 'who threw it knows of a credential that could not be put back',
      code: 'UNREACHABLE',
      detail: { consumersAffected: true },
      severity: 'page',
    },
    {
      when: 'who threw it knows that consumers feel nothing',
      code: 'UNREACHABLE',
      detail: { consumersAffected: false },
      severity: 'ticket',
    },
    {
      when: 'a word is not the flag',
      code: 'UNREACHABLE',
      detail: { consumersAffected: 'true' },
      severity: 'ticket',
    },
    {
      when: 'a new credential is refused, and nothing was published',
      code: 'PENDING_REFUSED',
      severity: 'ticket',
    },
    { when: 'a server does not answer', code: 'UNREACHABLE', severity: 'ticket' },
    { when: 'a tag cannot be read', code: 'POLICY_INVALID', severity: 'ticket' },
    { when: 'it is a defect of ours', code: 'UNEXPECTED', severity: 'ticket' },
  ])('is a $severity when $when', ({ code, detail, severity }) => {
    expect(severityOf(new OverlapError(code, 'x', detail ? { detail } : {}))).toBe(severity)
  })
})

import { inCommand, nameInArn } from '../rotation/secret-name.ts'
import type { Severity } from '../rotation/severity.ts'
import type { Finding } from './findings.ts'
import { nextCommand, nextStep } from './next-step.ts'
import { plainText } from './plain-text.ts'

/** What the secret's description says; undefined when it could not be had. */
export interface SecretFacts {
  readonly name: string
  /** Undefined when no tag names one. */
  readonly owner: string | undefined
}

/** A finding with everything that a person asks next. */
export interface ToldFinding extends Finding {
  readonly name: string
  readonly owner: string
  readonly todo: string
  readonly nextCommand: string
}

/** `deployment`: name of the one that the commands are for. */
export function toldFinding(
  finding: Finding,
  facts: SecretFacts | undefined,
  deployment: string,
): ToldFinding {
  const { secret, reason } = finding
  const name = facts?.name ?? nameInArn(secret) ?? ''
  return {
    ...finding,
    name: plainText(name === '' ? secret : name, 200) || 'of no known name',
    owner: ownerOf(finding, facts),
    todo: nextStep(reason).todo,
    nextCommand: nextCommand(reason, inCommand(name, secret), deployment),
  }
}

function ownerOf(finding: Finding, facts: SecretFacts | undefined): string {
  if (facts === undefined) return finding.owner ?? 'unknown'
  return facts.owner === undefined ? (finding.owner ?? 'unowned') : plainText(facts.owner, 100)
}

/**
 * The detail of an `Overlap Finding` on the event bus. `code` is the finding's reason, times are ISO 8601. A format that outlives releases: members
 * are added, never changed, or `v` counts up.
 */
export function findingDetail(
  finding: ToldFinding,
  told: { readonly alarm: string; readonly severity: Severity; readonly runbook: string },
) {
  return {
    v: 1,
    alarm: plainText(told.alarm, 255),
    severity: told.severity,
    secret: finding.secret,
    name: finding.name,
    owner: finding.owner,
    code: finding.reason,
    message: finding.message,
    step: finding.step,
    version: finding.version,
    consumersAffected: finding.consumersAffected,
    nextCommand: finding.nextCommand,
    runbook: told.runbook,
    count: finding.count,
    firstSeen: new Date(finding.firstSeen).toISOString(),
    lastSeen: new Date(finding.lastSeen).toISOString(),
  }
}

export type FindingDetail = ReturnType<typeof findingDetail>

/** Values of the functions' variables. What only the deployment knows is in some of them. */
import type { Stack } from 'aws-cdk-lib'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { inTag } from './durations.ts'
import type { FunctionPair } from './fleet.ts'
import type { Freeze, Settings } from './overlap-settings.ts'
import type { Topics } from './topics.ts'

/** OVERLAP_FUNCTIONS. */
export function functionsVariable(stack: Stack, pairs: readonly FunctionPair[]): string {
  return stack.toJsonString(
    pairs.map(({ rotateArn, retireArn }) => ({ rotate: rotateArn, retire: retireArn })),
  )
}

/** OVERLAP_FREEZES. */
export function freezesVariable(freezes: readonly Freeze[]): string {
  return JSON.stringify(
    freezes.map(({ from, until, reason }) => ({ from: utc(from), until: utc(until), reason })),
  )
}

/** Which functions there are, when secrets are rotated, what keeps a rotation waiting, and how old is too old. */
export function judgingVariables(settings: Settings, functions: string): Record<string, string> {
  return {
    OVERLAP_FUNCTIONS: functions,
    OVERLAP_SCHEDULES: JSON.stringify(settings.schedules),
    OVERLAP_FREEZES: freezesVariable(settings.freezes),
    OVERLAP_DRAIN_FLOOR: inTag(settings.drainFloor),
    OVERLAP_ABANDON_AFTER: inTag(settings.abandonAfter),
    OVERLAP_STALE_WARNING: inTag(settings.staleWarning),
    OVERLAP_STALE_CRITICAL: inTag(settings.staleCritical),
  }
}

/** That, and what decides when a replaced credential is looked at, disabled and removed. */
export function retiringVariables(
  settings: Settings,
  told: { readonly functions: string; readonly rollouts: string; readonly journal: string },
): Record<string, string> {
  return {
    ...judgingVariables(settings, told.functions),
    OVERLAP_ROLLOUT_LIMIT: inTag(settings.rolloutLimit),
    OVERLAP_SAMPLE_EVERY: inTag(settings.sampleEvery),
    OVERLAP_QUARANTINE_FLOOR: inTag(settings.quarantineFloor),
    OVERLAP_LEAK_DRAIN: inTag(settings.leakDrain),
    OVERLAP_ROLLOUTS: told.rollouts,
    OVERLAP_JOURNAL: told.journal,
  }
}

/** OVERLAP_TOPICS. */
export function topicsVariable(stack: Stack, { page, ticket }: Topics): string {
  return stack.toJsonString({ page: page.topicArn, ticket: ticket.topicArn })
}

/** OVERLAP_OWNERS: those that are declared, each with the ARN of its topic, or nothing. */
export function ownersVariable(stack: Stack, { owners }: Topics): string {
  return stack.toJsonString(
    Object.fromEntries([...owners].map(([owner, topic]) => [owner, topic?.topicArn ?? ''])),
  )
}

/** OVERLAP_OWNER_NAMES: who is told where is nothing to the sweep, and ARNs would take most of the 4 KB that a function's variables may have. */
export function ownerNamesVariable({ owners }: Topics): string {
  return JSON.stringify([...owners.keys()])
}

/** OVERLAP_LOG_GROUPS. */
export function logGroupsVariable(stack: Stack, logGroups: readonly ILogGroup[]): string {
  return stack.toJsonString(logGroups.map(({ logGroupName }) => logGroupName))
}

function utc(instant: string): string {
  return new Date(instant).toISOString()
}

import { deploymentOf, type Environment, jsonVariable } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import { ownersVariable } from '../rotation/owners.ts'
import type { Severity } from '../rotation/severity.ts'
import type { ReportedAlarm } from './reported-alarm.ts'

export interface ReportEnvironment {
  /** Name of the deployment, by which people's commands find it. */
  readonly deployment: string
  /** Names of the groups that the other functions write to. */
  readonly logGroups: readonly string[]
  /** ARN of the topic for each severity. */
  readonly topics: Readonly<Record<Severity, string>>
  /** ARN of the topic for what is an owner's own; undefined where that goes to the topic of its severity. */
  readonly owners: ReadonlyMap<string, string | undefined>
  /** By name, those of owners included. */
  readonly alarms: ReadonlyMap<string, ReportedAlarm>
}

/** Throws `CONFIGURATION_INVALID` naming the variable. */
export function reportEnvironment(environment: Environment): ReportEnvironment {
  const owners = ownersVariable(environment)
  return {
    owners,
    deployment: deploymentOf(environment, 'report'),
    logGroups: required(environment, 'OVERLAP_LOG_GROUPS', '["<name of a log group>"]', areGroups),
    topics: required(
      environment,
      'OVERLAP_TOPICS',
      '{"page": "<ARN of a topic>", "ticket": "<ARN of a topic>"}',
      areTopics,
    ),
    alarms: withOwners(
      required(
        environment,
        'OVERLAP_ALARMS',
        '{"<alarm name>": {"severity": "page" or "ticket", "findings": "failed", "overdue", "stuck", "stale" or "due", "runbook": "<URL or path>"}}',
        areAlarms,
      ),
      [...owners.keys()],
    ),
  }
}

/** An owner's alarms are called after those on everybody's ages (infra/reported-alarms.ts), and say the same of the owner's alone. */
function withOwners(
  alarms: Readonly<Record<string, ReportedAlarm>>,
  owners: readonly string[],
): ReadonlyMap<string, ReportedAlarm> {
  const named = Object.entries(alarms)
  const onAges = named.filter(([, { findings }]) => findings === 'stale' || findings === 'due')
  const ofOwners = onAges.flatMap(([name, alarm]) =>
    owners.map((owner): [string, ReportedAlarm] => [`${name}-${owner}`, { ...alarm, owner }]),
  )
  return new Map([...ofOwners, ...named])
}

function required<T>(
  environment: Environment,
  name: string,
  form: string,
  accepts: (value: unknown) => value is T,
): T {
  const expected = `JSON of the form ${form}`
  const value = jsonVariable(environment, name, expected, accepts)
  if (value !== undefined) return value
  throw new OverlapError('CONFIGURATION_INVALID', `${name} is missing: it must be ${expected}`)
}

/** They come to stand in commands that people paste into a shell. */
function areGroups(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((group) => typeof group === 'string' && /^[.\-_/#A-Za-z0-9]{1,512}$/.test(group))
  )
}

function areTopics(value: unknown): value is Record<Severity, string> {
  const isTopic = (arn: unknown) => typeof arn === 'string' && /^arn:[\w-]+:sns:/.test(arn)
  return isObject(value) && isTopic(value.page) && isTopic(value.ticket)
}

function areAlarms(value: unknown): value is Record<string, ReportedAlarm> {
  return isObject(value) && Object.values(value).every(isAlarm)
}

function isAlarm(alarm: unknown): alarm is ReportedAlarm {
  return (
    isObject(alarm) &&
    (alarm.severity === 'page' || alarm.severity === 'ticket') &&
    ['failed', 'overdue', 'stuck', 'stale', 'due'].includes(String(alarm.findings)) &&
    typeof alarm.runbook === 'string'
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

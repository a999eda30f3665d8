/** What of a synthesized deployment costs money. */
import { readCron } from '../cron.ts'
import { inTag } from '../durations.ts'
import { type Kind, lags } from '../kinds.ts'

/** As `cdk synth` writes it. */
export interface SynthesizedTemplate {
  readonly Resources: Readonly<Record<string, SynthesizedResource>>
}

interface SynthesizedResource {
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource type
  readonly Properties?: any
}

export interface DeployedSecret {
  readonly kind: Kind
  readonly rotationsPerMonth: number
  /** In which a replaced credential drains, in a month. */
  readonly drainingHours: number
  /** In which one is disabled, and can be put back. */
  readonly disabledHours: number
  /** A log tells who is refused in that time, and each pass reads it. */
  readonly readsLogins: boolean
  readonly consumers: number
}

export interface Deployed {
  readonly secrets: readonly DeployedSecret[]
  /** By the name of the handler, in MB. */
  readonly memoryMb: ReadonlyMap<string, number>
  /** Passes that schedules ask for. */
  readonly passesPerMonth: number
  readonly passesPerHour: number
  /** At who uses a credential that drains or is disabled. */
  readonly looksPerHour: number
  readonly alarmMetrics: number
  readonly dashboards: number
  /** With metrics of their own. */
  readonly owners: number
  readonly subscribers: number
  /** Interface endpoints, once for each zone. */
  readonly endpointZones: number
  readonly logRetentionMonths: number
  readonly journalRetentionMonths: number
}

const HOURS_PER_MONTH = 730
const HOUR_MS = 3_600_000
const DEFAULT_DRAIN = '24h'
const DEFAULT_QUARANTINE = '48h'

/** Reads all templates of one deployment. */
export function deployedIn(templates: readonly SynthesizedTemplate[]): Deployed {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources))
  const ofType = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties)
  const functions = ofType('AWS::Lambda::Function')
  const sweep = functions.find(({ FunctionName }) => FunctionName.endsWith('-sweep'))
  const { OVERLAP_SCHEDULES, OVERLAP_SAMPLE_EVERY, OVERLAP_JOURNAL } = sweep.Environment.Variables
  const schedules = JSON.parse(OVERLAP_SCHEDULES)
  const logs = ofType('AWS::Logs::LogGroup')
  const journal = logs.filter(({ LogGroupName }) => LogGroupName === OVERLAP_JOURNAL)
  const months = (groups: readonly { RetentionInDays: number }[]) =>
    Math.max(...groups.map(({ RetentionInDays }) => RetentionInDays)) / 30
  const alarms = ofType('AWS::CloudWatch::Alarm')
  const perMonth = ofType('AWS::Scheduler::Schedule').map(runsPerMonth)
  return {
    secrets: tagsOf(resources).map((tags) =>
      secretOf(tags, rotationsPerMonth(schedules[tags['overlap:schedule'] ?? ''])),
    ),
    memoryMb: new Map(functions.map(({ FunctionName, MemorySize }) => [handlerOf(FunctionName), MemorySize])),
    passesPerMonth: perMonth.reduce((sum, runs) => sum + runs, 0),
    passesPerHour: Math.max(...perMonth) / HOURS_PER_MONTH,
    looksPerHour: 1 / hoursOf(OVERLAP_SAMPLE_EVERY),
    alarmMetrics: alarms.reduce(
      (sum, { Metrics }) => sum + (Metrics === undefined ? 1 : Metrics.length - 1),
      0,
    ),
    dashboards: ofType('AWS::CloudWatch::Dashboard').length,
    owners: new Set(alarms.flatMap(({ Dimensions = [] }) => Dimensions.filter(isOwner).map(dimensionValue)))
      .size,
    subscribers: ofType('AWS::SNS::Subscription').length,
    endpointZones: ofType('AWS::EC2::VPCEndpoint').reduce((sum, { SubnetIds }) => sum + SubnetIds.length, 0),
    logRetentionMonths: months(logs.filter((group) => !journal.includes(group))),
    journalRetentionMonths: months(journal),
  }
}

interface Dimension {
  readonly Name: string
  readonly Value: string
}

const isOwner = ({ Name }: Dimension) => Name === 'owner'
const dimensionValue = ({ Value }: Dimension) => Value

/** Of every secret, whether it was there before or is made. */
function tagsOf(resources: readonly SynthesizedResource[]): Record<string, string>[] {
  return resources.flatMap(({ Type, Properties }) => {
    if (Type === 'Custom::OverlapTags') return [Properties.Tags]
    if (Type !== 'AWS::SecretsManager::Secret') return []
    return [
      Object.fromEntries(
        Properties.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]),
      ),
    ]
  })
}

/** What is only observed is rotated once, and drains until somebody enforces it. */
function secretOf(tags: Record<string, string>, rotations: number): DeployedSecret {
  const kind = tags['overlap:kind'] as Kind
  const consumers = (tags['overlap:consumers'] ?? '').split(' ').filter((word) => word !== '').length
  const readsLogins = tags['overlap:login-log'] !== undefined
  if (tags['overlap:mode'] !== 'enforce')
    return {
      kind,
      rotationsPerMonth: 0,
      drainingHours: HOURS_PER_MONTH,
      disabledHours: 0,
      readsLogins,
      consumers,
    }
  const drain = hoursOf(tags['overlap:drain'] ?? DEFAULT_DRAIN)
  const lag = hoursOf(tags['overlap:lag'] ?? inTag(lags[kind].byDefault))
  return {
    kind,
    rotationsPerMonth: rotations,
    drainingHours: rotations * (drain + lag),
    disabledHours: rotations * hoursOf(tags['overlap:quarantine'] ?? DEFAULT_QUARANTINE),
    readsLogins,
    consumers,
  }
}

function rotationsPerMonth(schedule: { cron: string; timezone: string } | undefined): number {
  if (schedule === undefined) return 0
  const { problem, ...reading } = readCron(schedule)
  if (problem !== undefined || !('meanGapMs' in reading)) throw new Error(`${schedule.cron}: ${problem}`)
  return (HOURS_PER_MONTH * HOUR_MS) / reading.meanGapMs
}

function runsPerMonth(schedule: { ScheduleExpression: string; ScheduleExpressionTimezone: string }): number {
  const { ScheduleExpression: expression, ScheduleExpressionTimezone: timezone } = schedule
  const minutes = /^rate\((\d+) minutes?\)$/.exec(expression)?.[1]
  if (minutes !== undefined) return (HOURS_PER_MONTH * 60) / Number(minutes)
  return rotationsPerMonth({ cron: expression.replace(/^cron\((.*)\)$/, '$1'), timezone })
}

function hoursOf(duration: string): number {
  const unit = { s: 1 / 3600, m: 1 / 60, h: 1, d: 24 }[duration.slice(-1)]
  if (unit === undefined) throw new Error(`${duration} is no duration`)
  return Number(duration.slice(0, -1)) * unit
}

/** `overlap-rotate-postgres-main` runs `rotate-postgres`. */
function handlerOf(functionName: string): string {
  return (
    /(?:rotate|retire)-(?:postgres|iam-access-key|http-api-key)|rollout-kubernetes|rollout|sweep|operate|view|revoke|acknowledge|adopt|report|inventory/.exec(
      functionName,
    )?.[0] ?? functionName
  )
}

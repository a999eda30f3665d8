import { overlapCommand } from '../rotation/way-out.ts'
import type { AlarmChange } from './alarm-change.ts'
import { filterPattern } from './findings.ts'
import { asciiText, plainText } from './plain-text.ts'
import { type ReportedAlarm, watchesGauge } from './reported-alarm.ts'
import type { ToldFinding } from './told-finding.ts'
import { inventoryCommand } from './untold.ts'

/** What SNS takes: a subject of printable ASCII, 99 characters at most, and a body of 256 KiB. */
export interface Message {
  readonly subject: string
  readonly body: string
}

export interface Occasion {
  readonly change: AlarmChange
  readonly alarm: ReportedAlarm
  readonly findings: readonly ToldFinding[]
  /** How many secrets it is about beside these, of which only the number is known. */
  readonly untold: number
  /** What could not be looked up, and why. */
  readonly gaps: readonly string[]
  readonly deployment: string
  readonly logGroups: readonly string[]
  /** Since when lines were read, in ms since the epoch. */
  readonly from: number
}

const MOST_FINDINGS = 20
const MOST_GAPS = 20
const LONGEST_SUBJECT = 99

/**
 * One message for one change of an alarm, for somebody who was asleep. The first line says whether a consumer is affected, which secret, whose, why, and
 * what to run; then each finding; then what is not known; then where to read on.
 */
export function messageOf(occasion: Occasion): Message {
  const { findings, gaps, alarm } = occasion
  const paragraphs = [
    firstLine(occasion),
    ...findings.slice(0, MOST_FINDINGS).map(paragraphOf),
    ...(notShown(occasion) > 0 ? [andMore(occasion)] : []),
    ...(gaps.length > 0 ? [gapsIn(gaps)] : []),
    ...(findings.length === 0 && !isOver(occasion.change) ? [whereToLook(occasion)] : []),
    `Runbook: ${alarm.runbook}\n${alarmLine(occasion)}`,
  ]
  return { subject: asciiText(subject(occasion), LONGEST_SUBJECT), body: `${paragraphs.join('\n\n')}\n` }
}

function notShown({ findings, untold }: Occasion): number {
  return Math.max(0, findings.length - MOST_FINDINGS) + untold
}

function andMore(occasion: Occasion): string {
  const { alarm, deployment } = occasion
  return watchesGauge(alarm)
    ? `And ${notShown(occasion)} more: ${inventoryCommand(alarm, deployment)}`
    : `And ${notShown(occasion)} more, which are in the logs:\n${searches(occasion)}`
}

function subject({ change, alarm, findings, untold }: Occasion): string {
  const [first] = findings
  if (first === undefined)
    return isOver(change)
      ? `[OK] ${change.alarm} is over`
      : `[${alarm.severity.toUpperCase()}] ${topic(alarm)}: which secret is not known`
  const others = findings.length - 1 + untold
  const more = others > 0 ? ` (+${others} more)` : ''
  const said = `${plainText(first.name, 40)} ${first.reason.slice(0, 24)}${more}`
  return `[${alarm.severity.toUpperCase()}] ${topic(alarm, first.reason)}: ${said}`
}

/** `reason`: of what is named first. */
function topic({ severity, findings }: ReportedAlarm, reason?: string): string {
  if (severity === 'page') return 'Consumers affected'
  return findings === 'overdue' && isOfAge(reason) ? topics.stale : topics[findings]
}

/** What the census tells among what is overdue (lambdas/inventory/tell-ages.ts). */
function isOfAge(reason: string | undefined): boolean {
  return reason === 'STALE' || reason === 'AGE_UNKNOWN'
}

const topics: Readonly<Record<ReportedAlarm['findings'], string>> = {
  failed: 'Rotation failed',
  overdue: 'Rotation overdue',
  stuck: 'Retirement stuck',
  stale: 'Credential stale',
  due: 'Credential due',
}

function firstLine(occasion: Occasion): string {
  const { change, alarm, findings, untold } = occasion
  const [first] = findings
  const affected =
    alarm.severity === 'page' ? 'A CONSUMER IS FAILING, OR SOON WILL BE' : 'No consumer is affected'
  if (first === undefined) {
    if (isOver(change)) return ending(occasion)
    return `${affected}: which secret it is about is not known here. Run next: ${searchIn(occasion, occasion.logGroups[0] ?? 'LOG_GROUP')}`
  }
  const others = findings.length - 1 + untold
  const more = others > 0 ? `, and ${others} more${notShown(occasion) > 0 ? '' : ' below'}` : ''
  const meanwhile = isOver(change) ? ' It began while the alarm rang, which is over by now.' : ''
  return `${affected}: secret ${first.name}, owner ${first.owner}, ${first.reason}${more}.${meanwhile} Run next: ${first.nextCommand}`
}

const quietOf: Readonly<Partial<Record<ReportedAlarm['findings'], string>>> = {
  overdue: 'nothing became overdue',
  stuck: 'nothing became stuck',
}

/** An alarm ends because nothing was tried again or told anew, as well as because it was mended. */
function ending({ alarm, gaps, deployment }: Occasion): string {
  if (watchesGauge(alarm)) return endingOfGauge(alarm)
  const nothingNew =
    gaps.length === 0 ? 'no other secret came to it' : 'whether another secret came to it is not known'
  const quiet = quietOf[alarm.findings] ?? 'nothing has failed'
  const command = alarm.findings === 'stuck' ? 'status SECRET' : 'check SECRET'
  return `It is over: ${quiet} for a while; while the alarm rang, ${nothingNew}. That is no proof that it is mended: run ${overlapCommand(command, deployment)} for each secret that its beginning told of.`
}

/** An incomplete pass publishes no gauge, and one that is missing does not end the alarm. */
function endingOfGauge({ findings, owner }: ReportedAlarm): string {
  const whose = owner === undefined ? '' : ` of owner ${plainText(owner, 100)}`
  const [threshold, next] =
    findings === 'stale'
      ? ['critical', 'What is due, and not stale, has an alarm of its own.']
      : ['warning', 'There is nothing to do.']
  return `It is over, and that is a proof: a pass of the sweep has looked at every secret that Overlap rotates, and no credential${whose} is past its ${threshold} threshold any more. ${next}`
}

function paragraphOf(finding: ToldFinding, index: number): string {
  const times = finding.count === 1 ? 'once' : `${finding.count} times`
  const span =
    finding.count === 1
      ? `at ${iso(finding.lastSeen)}`
      : `from ${iso(finding.firstSeen)} to ${iso(finding.lastSeen)}`
  const where = [finding.step && `in ${finding.step}`, finding.version && `version ${finding.version}`]
  return [
    `${index + 1}. ${finding.name}`,
    `   owner:     ${finding.owner}`,
    `   reason:    ${finding.reason}: ${finding.message}`,
    `   consumers: ${finding.consumersAffected ? 'failing, or soon will be' : 'not affected'}`,
    `   seen:      ${[times, span, ...where.filter(Boolean)].join(', ')}`,
    `   to do:     ${finding.todo}`,
    `   run:       ${finding.nextCommand}`,
  ].join('\n')
}

function gapsIn(gaps: readonly string[]): string {
  const listed = gaps.slice(0, MOST_GAPS).map((gap) => `- ${plainText(gap, 300)}`)
  const more = gaps.length > MOST_GAPS ? [`- and ${gaps.length - MOST_GAPS} more`] : []
  return ['This could not be looked up, so there may be more than is told here:', ...listed, ...more].join(
    '\n',
  )
}

function whereToLook(occasion: Occasion): string {
  return `${whyNothing(occasion)}\n${searches(occasion)}`
}

function whyNothing({ gaps, alarm, deployment }: Occasion): string {
  if (gaps.length > 0) return 'Look for it in the logs:'
  if (watchesGauge(alarm))
    return `A pass of the sweep has counted at least one, and no line of the logs since then names it: it may be on its way. To list them now run: ${inventoryCommand(alarm, deployment)}`
  return 'No line of the logs since then is about it. It may be on its way: look again in a minute.'
}

function searches(occasion: Occasion): string {
  return occasion.logGroups.map((group) => `   ${searchIn(occasion, group)}`).join('\n')
}

function searchIn({ alarm, from }: Occasion, logGroup: string): string {
  const pattern = filterPattern(alarm)
  return `aws logs filter-log-events --log-group-name ${logGroup} --start-time ${from} --filter-pattern '${pattern}'`
}

function alarmLine({ change }: Occasion): string {
  const { alarm, place, from, to } = change
  // Commands find a deployment in the account and Region of whoever runs them, unless they are told.
  const where =
    place === undefined ? '' : `\nCommands are for account ${place.account}, --region ${place.region}`
  return `Alarm: ${plainText(alarm, 255)}, ${plainText(from.value, 20)} -> ${plainText(to.value, 20)} at ${iso(to.since)}${where}`
}

function isOver({ to }: AlarmChange): boolean {
  return to.value === 'OK'
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

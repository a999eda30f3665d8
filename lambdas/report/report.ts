/**
 * Alarms aggregate over all secrets, since one for each would cost more than the secret. So when one changes this finds out what it is about, tells it
 * to people as one message, and to programs as one event for each finding.
 *
 *   window       which part of the logs the change is about
 *   findingsIn   pure: log lines become findings, one for each secret and reason
 *   messageOf    pure: what a person who was asleep must read first
 *   tell         both, each though the other fails
 *
 * Gotchas
 * - The message is sent whatever fails before: what could not be looked up is said in it. Only what could not be told is an error, so that the alarm on
 *   this function's errors means that somebody may have missed something.
 * - It publishes no metric and writes no line with `outcome: failed`: an alarm on those would call it again.
 * - Changes may come more than once (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). A message that comes twice says the same
 *   twice; one that this process has sent is not sent again.
 */
import { OverlapError } from '../rotation/errors.ts'
import { parseAlarmChange } from './alarm-change.ts'
import type { ReportEnvironment } from './environment.ts'
import { type Finding, filterPattern, findingsIn, type LogLine } from './findings.ts'
import { type Message, messageOf, type Occasion } from './message.ts'
import { plainText } from './plain-text.ts'
import { type ReportedAlarm, watchesGauge } from './reported-alarm.ts'
import {
  type FindingDetail,
  findingDetail,
  type SecretFacts,
  type ToldFinding,
  toldFinding,
} from './told-finding.ts'
import { untoldIn } from './untold.ts'
import { type Window, windowOf } from './window.ts'

/** What a look into one log group gave. */
export interface LogExcerpt {
  readonly lines: readonly LogLine[]
  /** Why there may be more lines than these; undefined when these are all. */
  readonly gap?: string
}

export interface Logs {
  /** Never rejects. `from` in ms since the epoch. */
  search(logGroup: string, pattern: string, from: number): Promise<LogExcerpt>
}

export interface Secrets {
  /** By ARN. Rejects when it cannot be had. */
  facts(secret: string): Promise<SecretFacts>
}

export interface Channels {
  /** Rejects when the message is not known to be published. */
  publish(topic: string, message: Message): Promise<void>
  /** Rejects when not every event is known to be on the bus. */
  announce(findings: readonly FindingDetail[]): Promise<void>
}

/** What of each change this process has told. */
export type Told = Map<string, Set<'message' | 'events'>>

export interface Report {
  readonly environment: ReportEnvironment
  readonly logs: Logs
  readonly secrets: Secrets
  readonly channels: Channels
  readonly told: Told
}

export type Reported =
  | { readonly outcome: 'told'; readonly findings: number; readonly gaps: readonly string[] }
  /** The alarm did not ring before, or this process has told the change already. */
  | { readonly outcome: 'nothing' }

/** Rejects with OverlapError for an event or an alarm that it does not know, and with what kept the message or an event from being told. */
export async function report(given: Report, event: unknown): Promise<Reported> {
  const change = parseAlarmChange(event)
  const alarm = given.environment.alarms.get(change.alarm)
  if (alarm === undefined)
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `OVERLAP_ALARMS says nothing of the alarm ${plainText(change.alarm, 255)}, so nobody can be told of it`,
    )
  const window = windowOf(change, watchesGauge(alarm))
  const key = `${change.alarm} ${change.to.value} ${change.to.since}`
  const told = given.told.get(key) ?? new Set()
  given.told.set(key, told)
  if (window === undefined || told.size === 2) return { outcome: 'nothing' }

  // A gauge that is back at none leaves nothing to find.
  const isProof = watchesGauge(alarm) && change.to.value === 'OK'
  const { found, untold, gaps } = isProof ? nothing : await lookUp(given, alarm, window)
  const { findings, missing } = await withFacts(given, found)
  const occasion = { change, alarm, findings, untold, gaps: [...gaps, ...missing], from: window.from }
  const { deployment, logGroups } = given.environment
  await tell(given, told, { ...occasion, deployment, logGroups })
  return { outcome: 'told', findings: findings.length, gaps: occasion.gaps }
}

interface LookedUp {
  readonly found: readonly Finding[]
  /** How many more there are than the lines name. */
  readonly untold: number
  readonly gaps: readonly string[]
}

const nothing: LookedUp = { found: [], untold: 0, gaps: [] }

async function lookUp(
  { environment, logs }: Report,
  alarm: ReportedAlarm,
  { from, newSince, cut }: Window,
): Promise<LookedUp> {
  const excerpts = await Promise.all(
    environment.logGroups.map((group) => logs.search(group, filterPattern(alarm), from)),
  )
  const lines = excerpts.flatMap((excerpt) => excerpt.lines)
  const found = findingsIn(lines, alarm)
  return {
    found: newSince === undefined ? found : found.filter(({ firstHeard }) => firstHeard > newSince),
    untold: untoldIn(lines, alarm),
    gaps: [
      ...(cut
        ? [`what was written before ${new Date(from).toISOString()}, since the alarm rang for so long`]
        : []),
      ...excerpts.flatMap(({ gap }) => gap ?? []),
    ],
  }
}

async function withFacts(
  { environment, secrets }: Report,
  found: readonly Finding[],
): Promise<{ readonly findings: readonly ToldFinding[]; readonly missing: readonly string[] }> {
  const facts = new Map<string, SecretFacts>()
  const missing: string[] = []
  const known = [...new Set(found.map(({ secret }) => secret))].filter((secret) => secret !== '')
  await Promise.all(
    known.map(async (secret) => {
      try {
        facts.set(secret, await secrets.facts(secret))
      } catch (error) {
        missing.push(`name and owner of ${secret}: ${said(error)}`)
      }
    }),
  )
  const { deployment } = environment
  return {
    findings: found.map((finding) => toldFinding(finding, facts.get(finding.secret), deployment)),
    missing,
  }
}

/**
 * Where one of the two cannot be told the other is all the same. Programs are told by the alarms over all secrets alone: what an owner's alarm is about, those tell
 * already.
 */
async function tell(
  { environment, channels }: Report,
  told: Set<'message' | 'events'>,
  occasion: Occasion,
): Promise<void> {
  const { change, alarm, findings } = occasion
  const announced = alarm.owner === undefined ? findings : []
  const details = announced.map((finding) => findingDetail(finding, { ...alarm, alarm: change.alarm }))
  const once = async (what: 'message' | 'events', telling: () => Promise<void>) => {
    if (told.has(what)) return
    await telling()
    told.add(what)
  }
  const tellings = await Promise.allSettled([
    once('message', () => channels.publish(topicOf(environment, alarm), messageOf(occasion))),
    once('events', () => channels.announce(details)),
  ])
  const failed = tellings.find((telling) => telling.status === 'rejected')
  if (failed) throw failed.reason
}

function topicOf({ topics, owners }: ReportEnvironment, { severity, owner = '' }: ReportedAlarm): string {
  return owners.get(owner) ?? topics[severity]
}

function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error'
}

import type { Work } from './function-log.ts'
import type { Notification } from './notifications/server.ts'
import type { ServiceEvent } from './secrets-manager/server.ts'

/** One line for what a person at the sandbox wants to see; nothing for the rest. */
export function sentenceOfWork(work: Work): string | undefined {
  const took = `${work.durationMs} ms`
  const about = [work.reason, work.error].filter((part) => part !== undefined).join(': ')
  switch (`${work.step} ${work.outcome}`) {
    case 'testSecret preflight':
      return `preflight passed (${took})`
    case 'createSecret done':
    case 'setSecret done':
    case 'testSecret done':
    case 'finishSecret done':
      return `  ${work.step.padEnd(12)} done (${took})`
    case 'sweep record-plan':
      return `the sweep has seen the schedule of ${secretName(work.secret)}: its runs count from now on`
    case 'sweep request':
      return `${secretName(work.secret)} is due: the sweep asks for a rotation`
    case 'overdue overdue':
      return `${secretName(work.secret)} is overdue: ${about}`
    case 'sweep start-drain':
      return `${short(work.version)} drains: the replaced credential still works`
    case 'sweep note-rolled':
      return `every declared consumer runs the version after ${short(work.version)}: its quiet time begins`
    case 'sweep note-seen':
      return `${short(work.version)} was used: its quiet time begins anew`
    case 'stuck stuck':
      return `${short(work.version)} is not retired: ${about}`
    case 'disable disabled':
      return `${short(work.version)} is disabled (${took}): its credential works no longer, and can be put back`
    case 'disable deferred':
      return `${short(work.version)} is not disabled yet: ${about}`
    case 'enable enabled':
      return `${short(work.version)} works again (${took})`
    case 'remove removed':
      return `${short(work.version)} is retired (${took}): its user is free for the next rotation`
    default:
      if (work.outcome === 'deferred') return `  ${work.step.padEnd(12)} waits: ${about}`
      return work.outcome === 'failed' ? `  ${work.step.padEnd(12)} refused: ${about}` : undefined
  }
}

/** A message to the people whose topic it is: its subject, and the message below it. */
export function linesOfMessage({ topicArn, subject, message }: Notification): readonly string[] {
  const topic = topicArn.slice(topicArn.lastIndexOf(':') + 1)
  const lines = textOf(message).trimEnd().split('\n')
  return [`message to ${topic}: ${subject ?? '(no subject)'}`, ...lines.map((line) => `  | ${line}`)]
}

/** CloudWatch's own messages are JSON, of which a person wants the alarm's description. */
function textOf(message: string): string {
  if (!message.startsWith('{')) return message
  const { AlarmDescription, NewStateReason } = JSON.parse(message) as Readonly<Record<string, string>>
  return [NewStateReason, AlarmDescription].filter((text) => text !== undefined).join('\n')
}

export function sentenceOfEvent(event: ServiceEvent): string | undefined {
  const { eventName, labelUpdated, name, versionId } = event.detail
  if (labelUpdated === 'AWSCURRENT') return `AWSCURRENT of ${name} is now ${short(String(versionId))}`
  switch (eventName) {
    case 'RotationStarted':
      return `rotation of ${secretOf(event)} started`
    case 'RotationSucceeded':
      return `rotation of ${secretOf(event)} finished`
    case 'RotationFailed':
      return `rotation of ${secretOf(event)} failed; Secrets Manager tries it again`
    case 'RotationAbandoned':
      return `rotation of ${secretOf(event)} given up: RotateSecret tries it again`
    default:
      return undefined
  }
}

function secretOf({ detail }: ServiceEvent): string {
  return secretName((detail.additionalEventData as { readonly SecretId: string }).SecretId)
}

/** From the ARN, whose last seven characters are not part of the name. */
function secretName(arn: string): string {
  return arn.slice(arn.indexOf(':secret:') + ':secret:'.length, -7)
}

function short(versionId: string): string {
  return versionId.slice(0, 8)
}

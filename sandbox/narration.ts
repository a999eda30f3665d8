import type { Work } from './function-log.ts'
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
    case 'sweep start-drain':
      return `${short(work.version)} drains: the replaced credential still works`
    case 'disable retired':
      return `${short(work.version)} is retired (${took}): its credential works no longer`
    case 'disable deferred':
      return `${short(work.version)} is not retired yet: ${about}`
    default:
      if (work.outcome === 'deferred') return `  ${work.step.padEnd(12)} waits: ${about}`
      return work.outcome === 'failed' ? `  ${work.step.padEnd(12)} refused: ${about}` : undefined
  }
}

export function sentenceOfEvent(event: ServiceEvent): string | undefined {
  const { eventName, labelUpdated, name, versionId } = event.detail
  if (labelUpdated === 'AWSCURRENT') return `AWSCURRENT of ${name} is now ${short(String(versionId))}`
  switch (eventName) {
    case 'RotationStarted':
      return `rotation of ${secretName(event)} started`
    case 'RotationSucceeded':
      return `rotation of ${secretName(event)} finished`
    case 'RotationFailed':
      return `rotation of ${secretName(event)} failed; Secrets Manager tries it again`
    case 'RotationAbandoned':
      return `rotation of ${secretName(event)} given up: RotateSecret tries it again`
    default:
      return undefined
  }
}

/** From the ARN, whose last seven characters are not part of the name. */
function secretName({ detail }: ServiceEvent): string {
  const { SecretId } = detail.additionalEventData as { SecretId: string }
  return SecretId.slice(SecretId.indexOf(':secret:') + ':secret:'.length, -7)
}

function short(versionId: string): string {
  return versionId.slice(0, 8)
}

import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { LabelMove } from './labels.ts'
import type { Secret } from './secrets.ts'

/** An event as EventBridge delivers it. It never holds a value of a secret. */
export interface ServiceEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': 'AWS Service Event via CloudTrail' | 'Secret Label Updated'
  readonly source: 'aws.secretsmanager'
  readonly account: string
  /** ISO 8601, whole seconds. */
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
export type TrailEventName =
  | 'RotationStarted'
  | 'RotationSucceeded'
  | 'RotationFailed'
  | 'RotationAbandoned'
  | 'TestRotationStarted'
  | 'TestRotationSucceeded'
  | 'TestRotationFailed'
  | 'StartSecretVersionDelete'
  | 'CancelSecretVersionDelete'
  | 'EndSecretVersionDelete'

export class EventPublisher {
  readonly #clock: Clock
  readonly #place: { readonly region: string; readonly accountId: string }
  readonly #onEvent: (event: ServiceEvent) => void

  constructor(
    clock: Clock,
    place: { readonly region: string; readonly accountId: string },
    onEvent: (event: ServiceEvent) => void,
  ) {
    this.#clock = clock
    this.#place = place
    this.#onEvent = onEvent
  }

  /** `requestId` as CloudTrail shows it: a rotation's is `Rotation-`, the ARN and the token. `error` names the failed step. */
  trail(name: TrailEventName, secret: Secret, about: { versionId: string; error?: string }): void {
    const { region, accountId } = this.#place
    const rotation = name.includes('Rotation')
    this.#publish('AWS Service Event via CloudTrail', [], {
      eventVersion: '1.08',
      userIdentity: { accountId, invokedBy: 'secretsmanager.amazonaws.com' },
      eventTime: this.#time(),
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: name,
      awsRegion: region,
      sourceIPAddress: 'secretsmanager.amazonaws.com',
      userAgent: 'secretsmanager.amazonaws.com',
      ...(about.error === undefined ? {} : { errorMessage: about.error }),
      requestParameters: null,
      responseElements: null,
      additionalEventData: {
        SecretId: secret.arn,
        ...(rotation ? {} : { SecretVersionId: about.versionId }),
      },
      requestID: rotation ? `Rotation-${secret.arn}-${about.versionId}` : randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: accountId,
      eventCategory: 'Management',
    })
  }

  /**
   * For AWSCURRENT and every custom label that moved to a version
   * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html).
   */
  labels(secret: Secret, moves: readonly LabelMove[]): void {
    for (const { label, versionId } of moves)
      if (label !== 'AWSPENDING' && label !== 'AWSPREVIOUS')
        this.#publish('Secret Label Updated', [secret.arn], {
          name: secret.name,
          labelUpdated: label,
          versionId,
        })
  }

  #publish(
    detailType: ServiceEvent['detail-type'],
    resources: readonly string[],
    detail: ServiceEvent['detail'],
  ): void {
    this.#onEvent({
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source: 'aws.secretsmanager',
      account: this.#place.accountId,
      time: this.#time(),
      region: this.#place.region,
      resources,
      detail,
    })
  }

  #time(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`
  }
}

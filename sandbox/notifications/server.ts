import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { invalidAction, QueryError, type QueryService, startQueryService } from '../query-service.ts'

export interface Notification {
  readonly messageId: string
  readonly topicArn: string
  readonly subject?: string
  readonly message: string
  /** When it was published, in milliseconds since the epoch. */
  readonly at: number
}

export interface NotificationsOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  readonly clock?: Clock
  /** Hears every message, in order, and must not throw. */
  readonly onMessage?: (notification: Notification) => void
}

export interface Publication {
  readonly topicArn: string
  readonly subject?: string
  readonly message: string
}

/** `url` is for AWS_ENDPOINT_URL_SNS. */
export interface Notifications extends QueryService {
  /** A topic that is not registered does not exist. */
  addTopic(arn: string): void
  /** What was published to it stays told. */
  removeTopic(arn: string): void
  /** What a service such as CloudWatch publishes, held to the same rules. Throws QueryError; returns the message's id. */
  publish(publication: Publication): string
  /** Every message so far, oldest first; of one topic, or of all. */
  messages(topicArn?: string): readonly Notification[]
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_MESSAGE_BYTES = 262_144
/** "less than 100 characters long": the strict reading. */
const LONGEST_SUBJECT = 99

/**
 * SNS on loopback: Publish in AWS's query protocol, as the SDKs speak it. Messages are kept and told, and delivered to nobody.
 */
export async function startNotifications(options: NotificationsOptions = {}): Promise<Notifications> {
  const { clock = systemClock, onMessage = () => {} } = options
  const topics = new Set<string>()
  const kept: Notification[] = []

  const publish = ({ topicArn, subject, message }: Publication): string => {
    if (!topics.has(topicArn)) throw new QueryError('NotFound', 'Topic does not exist', 404)
    if (subject !== undefined) checkSubject(subject)
    checkMessage(message)
    const notification: Notification = {
      messageId: randomUUID(),
      topicArn,
      ...(subject === undefined ? {} : { subject }),
      message,
      at: clock.now(),
    }
    kept.push(notification)
    onMessage(notification)
    return notification.messageId
  }

  const endpoint = await startQueryService({
    port: options.port,
    namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    perform(action, fields) {
      if (action !== 'Publish') throw invalidAction(action)
      return { MessageId: publish(readPublication(fields)) }
    },
  })
  return {
    ...endpoint,
    addTopic: (arn) => void topics.add(arn),
    removeTopic: (arn) => void topics.delete(arn),
    publish,
    messages: (topicArn) => kept.filter((one) => topicArn === undefined || one.topicArn === topicArn),
  }
}

function readPublication(fields: URLSearchParams): Publication {
  const [topicArn, subject, message] = ['TopicArn', 'Subject', 'Message'].map((name) => fields.get(name))
  if (!topicArn) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
  return { topicArn, message: message ?? '', ...(typeof subject === 'string' ? { subject } : {}) }
}

/** ASCII, which older documentation of Publish asks for; what passes here passes either rule. */
function checkSubject(subject: string): void {
  if (subject.length > LONGEST_SUBJECT || !/^[\x21-\x7e][\x20-\x7e]*$/.test(subject)) throw invalid('Subject')
}

function checkMessage(message: string): void {
  if (message === '') throw invalid('Empty message')
  if (Buffer.byteLength(message) > LONGEST_MESSAGE_BYTES) throw invalid('Message too long')
}

function invalid(what: string): QueryError {
  return new QueryError('InvalidParameter', `Invalid parameter: ${what}`, 400)
}

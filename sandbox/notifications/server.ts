import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Clock, systemClock } from '../clock.ts'
import { answerXml, errorXml, QueryError } from './query-answer.ts'

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

export interface Notifications {
  /** `http://127.0.0.1:port`, for AWS_ENDPOINT_URL_SNS. */
  readonly url: string
  readonly port: number
  /** A topic that is not registered does not exist. */
  addTopic(arn: string): void
  /** What was published to it stays told. */
  removeTopic(arn: string): void
  /** What a service such as CloudWatch publishes, held to the same rules. Throws QueryError; returns the message's id. */
  publish(publication: Publication): string
  /** Every message so far, oldest first; of one topic, or of all. */
  messages(topicArn?: string): readonly Notification[]
  /** Ends connections and the listener. */
  close(): Promise<void>
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_MESSAGE_BYTES = 262_144
/** "less than 100 characters long": the strict reading. */
const LONGEST_SUBJECT = 99

/**
 * SNS on loopback: Publish in AWS's query protocol, as the SDKs speak it. Messages are kept and told, and delivered to nobody. Signatures are not
 * checked, but every call needs an Authorization header.
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

  const server = createServer((request, response) => {
    response.sendDate = false
    answer(publish, request, response).catch((error: Error) => response.destroy(error))
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    addTopic: (arn) => void topics.add(arn),
    removeTopic: (arn) => void topics.delete(arn),
    publish,
    messages: (topicArn) => kept.filter((one) => topicArn === undefined || one.topicArn === topicArn),
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      )
    },
  }
}

async function answer(
  publish: Notifications['publish'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request)
  response.setHeader('content-type', 'text/xml')
  response.setHeader('x-amzn-requestid', randomUUID())
  try {
    const messageId = publish(readPublication(request, new URLSearchParams(body)))
    response.writeHead(200).end(answerXml('Publish', { MessageId: messageId }))
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    response.writeHead(error.status).end(errorXml(error))
  }
}

function readPublication(request: IncomingMessage, fields: URLSearchParams): Publication {
  if (!request.headers.authorization)
    throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
  const action = fields.get('Action')
  if (request.method !== 'POST' || action !== 'Publish')
    throw new QueryError('InvalidAction', `The action ${action} is not part of the sandbox`, 400)
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

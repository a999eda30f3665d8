import { ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import {
  type Notification,
  type Notifications,
  startNotifications,
} from '../../../sandbox/notifications/server.ts'

/* Topics, asked through the AWS SDK, which must not be kinder than SNS. */

const PAGE = 'arn:aws:sns:us-east-1:123456789012:overlap-page'
const TICKET = 'arn:aws:sns:us-east-1:123456789012:overlap-ticket'
const START = Date.parse('2026-03-02T10:30:00Z')
const running: { readonly notifications: Notifications; readonly client: SNSClient }[] = []

afterEach(async () => {
  for (const { notifications, client } of running.splice(0)) {
    client.destroy()
    await notifications.close()
  }
})

async function start(onMessage?: (notification: Notification) => void) {
  const notifications = await startNotifications({
    clock: movableClock(START),
    ...(onMessage ? { onMessage } : {}),
  })
  notifications.addTopic(PAGE)
  notifications.addTopic(TICKET)
  const client = new SNSClient({
    endpoint: notifications.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  })
  running.push({ notifications, client })
  const publish = (Message: string, Subject?: string, TopicArn = PAGE) =>
    client.send(new PublishCommand({ TopicArn, Message, ...(Subject === undefined ? {} : { Subject }) }))
  return { notifications, client, publish }
}

describe('Publish', () => {
  it('keeps a message as it was sent, and tells it', async () => {
    const told: Notification[] = []
    const { notifications, publish } = await start((notification) => told.push(notification))
    const message = 'Ä line & <another>\n"third"; a+b=c %41'
    const { MessageId } = await publish(message, 'Subject & <more>')
    expect(told).toEqual([
      { messageId: MessageId, topicArn: PAGE, subject: 'Subject & <more>', message, at: START },
    ])
    expect(notifications.messages()).toEqual(told)
  })

  it('needs no subject', async () => {
    const { notifications, publish } = await start()
    await publish('text')
    expect(notifications.messages()[0]).not.toHaveProperty('subject')
  })

  it('keeps topics apart', async () => {
    const { notifications, publish } = await start()
    await publish('one')
    await publish('two', undefined, TICKET)
    expect(notifications.messages(TICKET).map(({ message }) => message)).toEqual(['two'])
    expect(notifications.messages()).toHaveLength(2)
  })

  it.each([
    ['the longest subject', 'text', 'x'.repeat(99)],
    ['the longest message', 'x'.repeat(262_144), undefined],
  ])('takes %s', async (_what, message, subject) => {
    const { notifications, publish } = await start()
    await publish(message, subject)
    expect(notifications.messages()).toHaveLength(1)
  })

  it.each([
    ['a subject of 100 characters', 'text', 'x'.repeat(100), 'Invalid parameter: Subject'],
    ['a subject of two lines', 'text', 'one\ntwo', 'Invalid parameter: Subject'],
    ['a subject that is not ASCII', 'text', 'für alle', 'Invalid parameter: Subject'],
    ['a subject that begins with a space', 'text', ' x', 'Invalid parameter: Subject'],
    ['an empty subject', 'text', '', 'Invalid parameter: Subject'],
    ['an empty message', '', undefined, 'Invalid parameter: Empty message'],
    [
      'a message of a byte too many',
      `${'x'.repeat(262_143)}ä`,
      undefined,
      'Invalid parameter: Message too long',
    ],
  ])('refuses %s', async (_what, message, subject, said) => {
    const { notifications, publish } = await start()
    await expect(publish(message, subject)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: said,
    })
    expect(notifications.messages()).toEqual([])
  })

  it('knows no topic that was not added', async () => {
    const { publish } = await start()
    await expect(publish('text', undefined, `${PAGE}s`)).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    })
  })

  it('knows no topic that was removed, and still what was published to it', async () => {
    const { notifications, publish } = await start()
    await publish('text')
    notifications.removeTopic(PAGE)
    await expect(publish('text')).rejects.toMatchObject({ name: 'NotFoundException' })
    expect(notifications.messages(PAGE)).toHaveLength(1)
  })

  it('asks for a signature', async () => {
    const { notifications } = await start()
    const response = await fetch(notifications.url, {
      method: 'POST',
      body: `Action=Publish&TopicArn=${PAGE}&Message=text`,
    })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>')
  })

  it('is the only action', async () => {
    const { client } = await start()
    await expect(client.send(new ListTopicsCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' })
  })
})

describe('a service that publishes without a call', () => {
  it('is held to the same rules', async () => {
    const { notifications } = await start()
    expect(notifications.publish({ topicArn: TICKET, message: 'text' })).toMatch(/^[0-9a-f-]{36}$/)
    expect(() => notifications.publish({ topicArn: 'arn:other', message: 'text' })).toThrow(
      'Topic does not exist',
    )
  })
})

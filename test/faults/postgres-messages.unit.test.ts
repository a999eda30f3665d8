import { describe, expect, it } from 'vitest'
import { fatalError, type Message, messageSplitter, startupParameters, strings } from './postgres-messages.ts'

function frame(type: string, text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + Buffer.byteLength(text))
  return Buffer.concat([Buffer.from(type), length, Buffer.from(text)])
}

const stream = Buffer.concat([frame('', 'opening'), frame('Q', 'SELECT 1\0'), frame('S', ''), frame('X', '')])

describe('a stream of messages', () => {
  it.each([1, 2, 3, 7, stream.length])(
    'is the same however it is cut, here into pieces of %i bytes',
    (size) => {
      const seen: Message[] = []
      const push = messageSplitter({ opening: true }, (message) => seen.push(message))
      for (let at = 0; at < stream.length; at += size) push(stream.subarray(at, at + size))
      expect(seen.map(({ type, body }) => [type, body.toString()])).toEqual([
        ['', 'opening'],
        ['Q', 'SELECT 1\0'],
        ['S', ''],
        ['X', ''],
      ])
      expect(Buffer.concat(seen.map((message) => message.frame))).toEqual(stream)
    },
  )

  it('holds back a message that has not come whole', () => {
    const seen: Message[] = []
    messageSplitter({ opening: false }, (message) => seen.push(message))(
      frame('Q', 'SELECT 1\0').subarray(0, -1),
    )
    expect(seen).toEqual([])
  })
})

describe('the parts of a message', () => {
  it('are strings that end with a zero byte', () => {
    expect(strings(Buffer.from('statement\0SELECT é\0rest'), 2)).toEqual(['statement', 'SELECT é'])
    expect(strings(Buffer.from('cut off'), 1)).toEqual([])
  })

  it('name user and database when a connection opens', () => {
    const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from('user\0app\0database\0shop\0\0')])
    expect(Object.fromEntries(startupParameters(body))).toEqual({ user: 'app', database: 'shop' })
  })
})

it('an error says its SQLSTATE and that the connection is over', () => {
  const seen: Message[] = []
  messageSplitter({ opening: false }, (message) => seen.push(message))(fatalError('57P01', 'gone'))
  expect(seen.map(({ type, body }) => [type, body.toString()])).toEqual([
    ['E', 'SFATAL\0VFATAL\0C57P01\0Mgone\0\0'],
  ])
})

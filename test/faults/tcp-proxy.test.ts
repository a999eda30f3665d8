import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPostgres } from '../../sandbox/postgres/server.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Answers each piece with the same in capitals, and remembers what came. */
let heard: string
let stopEcho: () => void
let target: { host: string; port: number }
let proxy: TcpProxy

beforeEach(async () => {
  heard = ''
  const sockets = new Set<Socket>()
  const echo = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      heard += piece
      socket.write(String(piece).toUpperCase())
    })
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  stopEcho = () => {
    echo.close()
    for (const socket of sockets) socket.destroy()
  }
  target = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port }
  proxy = await startTcpProxy({ target })
})
afterEach(async () => {
  await proxy.close()
  stopEcho()
})

/** A client with what it has received so far and how it ended. */
async function dial() {
  const socket = connect({ host: '127.0.0.1', port: proxy.port })
  const state = { socket, received: '', error: undefined as string | undefined, ended: false }
  socket.on('data', (piece) => {
    state.received += piece
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.error = error.code
  })
  socket.on('end', () => {
    state.ended = true
  })
  await once(socket, 'connect').catch(() => {})
  return state
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 20 s until ${what}`)
    await sleep(5)
  }
}

it('carries both directions and the end', async () => {
  const client = await dial()
  client.socket.write('hello')
  await until('the answer comes', () => client.received === 'HELLO')
  expect(proxy.connections()).toBe(1)
  client.socket.end()
  await until('the end comes back', () => client.ended)
  await until('the connection is over', () => proxy.connections() === 0)
})

it('silent: takes connections and data and says nothing, until it passes again', async () => {
  const early = await dial()
  early.socket.write('a')
  await until('the answer comes', () => early.received === 'A')
  await proxy.setMode('silent')
  const late = await dial()
  expect(late.error).toBeUndefined()
  early.socket.write('b')
  late.socket.write('c')
  await until('the proxy has both', () => proxy.connections() === 2)
  // Several exchanges past the proxy: time enough for the two to arrive, if they could.
  const direct = connect(target)
  for (const word of ['x', 'y', 'z']) {
    direct.write(word)
    await once(direct, 'data')
  }
  direct.destroy()
  expect([early.received, late.received, heard]).toEqual(['A', '', 'axyz'])
  await proxy.setMode('silent')
  await proxy.setMode('pass')
  await until('the answers come', () => early.received === 'AB' && late.received === 'C')
})

it('refuse: turns new connections away, leaves those that stand, and listens on the same port afterwards', async () => {
  const early = await dial()
  await until('the connection stands', () => proxy.connections() === 1)
  await proxy.setMode('refuse')
  expect((await dial()).error).toBe('ECONNREFUSED')
  early.socket.write('a')
  await until('the answer comes', () => early.received === 'A')
  await proxy.setMode('pass')
  const late = await dial()
  late.socket.write('b')
  await until('the answer comes', () => late.received === 'B')
})

it('delay: is late by what was asked, and in order', async () => {
  const client = await dial()
  await proxy.setMode({ delayMs: 60 })
  const began = performance.now()
  for (const piece of ['a', 'b', 'c']) {
    client.socket.write(piece)
  }
  await until('the answer comes', () => client.received === 'ABC')
  expect(performance.now() - began).toBeGreaterThanOrEqual(100)
})

it('reset: the client is told that the connection is gone', async () => {
  const client = await dial()
  await until('the connection stands', () => proxy.connections() === 1)
  proxy.resetConnections()
  await until('the client sees it', () => client.error === 'ECONNRESET')
  expect(proxy.connections()).toBe(0)
})

it('blackhole: the request arrives, the answer does not, and the connection is gone; the next one is not hurt', async () => {
  const client = await dial()
  client.socket.write('a')
  await until('the answer comes', () => client.received === 'A')
  proxy.blackholeReplies()
  client.socket.write('b')
  await until('the client sees it', () => client.error === 'ECONNRESET')
  expect([heard, client.received]).toEqual(['ab', 'A'])
  const next = await dial()
  next.socket.write('c')
  await until('the answer comes', () => next.received === 'C')
})

it('resets the client when the target is gone', async () => {
  stopEcho()
  const client = await dial()
  await until('the client sees it', () => client.error === 'ECONNRESET')
})

describe('with PostgreSQL behind it', () => {
  it('a COMMIT whose reply is lost was carried out', async () => {
    const server = await startPostgres()
    const path = await startTcpProxy({ target: server })
    try {
      await server.query('CREATE TABLE t (n int)')
      const { username: user, password } = server.superuser
      const client = new pg.Client({
        host: path.host,
        port: path.port,
        user,
        password,
        database: 'postgres',
        ssl: { ca: server.ca },
      })
      client.on('error', () => {})
      await client.connect()
      await client.query('BEGIN')
      await client.query('INSERT INTO t VALUES (1)')
      path.blackholeReplies()
      await expect(client.query('COMMIT')).rejects.toThrow(/ECONNRESET|terminated/)
      expect(await server.query('SELECT n FROM t')).toEqual([{ n: 1 }])
    } finally {
      await path.close()
      await server.stop()
    }
  })
})

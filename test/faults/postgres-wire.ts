import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import {
  CANCEL_REQUEST,
  fatalError,
  GSSENC_REQUEST,
  type Message,
  messageSplitter,
  SSL_REQUEST,
  startupParameters,
  strings,
} from './postgres-messages.ts'

/**
 * What happens to one statement.
 * `kill-before`: it never reaches the server and the connection is cut. `kill-after`: the server carries it out, the reply is lost and the
 * connection is cut. `hang`: it never reaches the server and the client waits. `error`: the server seems to end the session (57P01).
 */
export type StatementFate = 'pass' | 'kill-before' | 'kill-after' | 'hang' | 'error'

export interface WireConnection {
  /** From 1, in the order of arrival. */
  readonly id: number
  readonly user: string
  readonly database: string
}

export interface PostgresWireOptions {
  readonly server: {
    readonly host: string
    readonly port: number
    readonly ca: string
    readonly certificate: { readonly key: string; readonly cert: string }
  }
  /**
   * Asked before each thing that makes the server act is forwarded, with a count from 1 over all connections: the opening of a connection
   * with its whole authentication (`startup`), each simple query, each group of extended messages up to its Sync. `sql` is the text as the
   * client sent it and may hold verifiers: it is for looking at, not for logs. While an answer is awaited, nothing of that connection moves on
   * to the server.
   */
  readonly onStatement: (
    count: number,
    sql: string,
    connection: WireConnection,
  ) => StatementFate | Promise<StatementFate>
  /** Called when a kill is due, before either side notices anything: the moment to kill the client's process. */
  readonly onLost?: () => void
}

export interface PostgresWire {
  readonly host: 'localhost'
  readonly port: number
  /** Cuts every connection. */
  close(): Promise<void>
}

/**
 * A proxy that ends the client's TLS with the server's own certificate and opens its own to the server, so that it sees statements.
 */
export async function startPostgresWire(options: PostgresWireOptions): Promise<PostgresWire> {
  const context = createSecureContext(options.server.certificate)
  const sockets = new Set<Socket>()
  let statements = 0
  let connections = 0

  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    acceptTls(socket, context, (client) => {
      connections += 1
      relay(client, connections, { ...options, nextCount: () => ++statements })
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    host: 'localhost',
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Answers SSLRequest as a server with TLS does, and a client without TLS as one that insists on it. */
function acceptTls(socket: Socket, context: SecureContext, onClient: (client: TLSSocket) => void): void {
  const push = messageSplitter({ opening: true }, ({ body }) => {
    const code = body.readInt32BE(0)
    socket.off('data', push)
    if (code === GSSENC_REQUEST) {
      socket.write('N')
      acceptTls(socket, context, onClient)
    } else if (code === SSL_REQUEST) {
      socket.write('S')
      const client = new TLSSocket(socket, { isServer: true, secureContext: context })
      client.on('error', () => client.destroy())
      onClient(client)
    } else socket.end(fatalError('28000', 'this wire carries TLS only'))
  })
  socket.on('data', push)
}

const sync = Buffer.from([0x53, 0, 0, 0, 4])

type RelayOptions = PostgresWireOptions & { readonly nextCount: () => number }

function relay(client: TLSSocket, id: number, options: RelayOptions): void {
  /** Units of work that were forwarded, and those that the server has finished (ReadyForQuery). */
  let forwarded = 0
  let finished = 0
  /** The unit whose reply is to be lost. */
  let losing: number | undefined
  let authenticated = false
  /** After a fault nothing moves on this connection any more. */
  let dead = false
  let server: TLSSocket | undefined
  /** For the server, while the connection to it is being made. */
  const outbox: Buffer[] = []
  let connection: WireConnection = { id, user: '', database: '' }
  /** Extended messages since the last Sync, and whether their fate is settled (by a Flush). */
  let group: Message[] = []
  let settled = false
  const prepared = new Map<string, string>()
  /** What the client sent while the fate of an earlier statement is awaited. */
  let waiting: Message[] | undefined

  const cut = (): void => {
    dead = true
    // The replies to what came before are on their way already.
    client.destroySoon()
    server?.destroy()
  }
  const lose = (): void => {
    if (dead) return
    dead = true
    options.onLost?.()
    cut()
  }

  const onReply = (message: Message): void => {
    if (dead) return
    if (message.type === 'R' && endsAuthentication(message)) authenticated = true
    // The exchange of an authentication must go on for the server to finish it; only its outcome can be lost.
    const negotiating = !authenticated && message.type !== 'E'
    const lost = losing !== undefined && finished === losing - 1 && !negotiating
    if (message.type === 'Z') finished += 1
    if (!lost) client.write(message.frame)
    else if (finished === losing) lose()
  }

  const openServer = async (): Promise<void> => {
    const opened = await connectServer(options.server)
    if (dead) {
      opened.destroy()
      return
    }
    opened.on('data', messageSplitter({ opening: false }, onReply))
    opened.once('close', () => {
      if (dead) return
      if (losing === undefined) client.end()
      else lose()
    })
    for (const frame of outbox) opened.write(frame)
    server = opened
  }
  const send = (frame: Buffer): void => {
    if (server) server.write(frame)
    else outbox.push(frame)
  }

  /** True when the statement may go on to the server. */
  const mayPass = (fate: StatementFate): boolean => {
    switch (fate) {
      case 'pass':
        forwarded += 1
        return true
      case 'kill-after':
        forwarded += 1
        losing = forwarded
        return true
      case 'kill-before':
        lose()
        return false
      case 'error':
        dead = true
        client.end(fatalError('57P01', 'terminating connection due to administrator command'))
        server?.destroy()
        return false
      case 'hang':
        dead = true
        return false
    }
  }
  const settle = (sql: string, forward: () => void): void => {
    const fate = options.onStatement(options.nextCount(), sql, connection)
    if (!(fate instanceof Promise)) {
      if (mayPass(fate)) forward()
      return
    }
    waiting = []
    const resume = (settledFate: StatementFate) => {
      if (!dead && mayPass(settledFate)) forward()
      const held = waiting ?? []
      waiting = undefined
      for (const message of held) onRequest(message)
    }
    fate.then(resume, cut)
  }

  const onExtended = (message: Message): void => {
    remember(prepared, message)
    group.push(message)
    if (message.type !== 'S' && message.type !== 'H') return
    const whole = group
    group = []
    const forward = (): void => {
      for (const { frame } of whole) send(frame)
      settled = message.type === 'H'
      // The client will not send its Sync before it has the reply that it is never to get.
      if (settled && losing !== undefined) send(sync)
    }
    if (settled) forward()
    else settle(textOf(whole, prepared), forward)
  }

  const onRequest = (message: Message): void => {
    if (dead) return
    if (waiting) {
      waiting.push(message)
      return
    }
    const forward = (): void => send(message.frame)
    if (message.type === '') {
      const open = (): void => {
        forward()
        openServer().catch(() => client.destroy())
      }
      if (message.body.readInt32BE(0) === CANCEL_REQUEST) open()
      else {
        const parameters = startupParameters(message.body)
        const user = parameters.get('user') ?? ''
        connection = { id, user, database: parameters.get('database') ?? user }
        settle('startup', open)
      }
    } else if (message.type === 'Q' || message.type === 'F') {
      const [sql] = message.type === 'Q' ? strings(message.body, 1) : ['function call']
      settle(sql ?? '', forward)
    } else if ('PBDECSH'.includes(message.type)) onExtended(message)
    // Passwords, COPY data and Terminate belong to what was settled before.
    else forward()
  }

  client.on('data', messageSplitter({ opening: true }, onRequest))
  client.once('close', () => {
    if (losing !== undefined) return
    if (server) server.end()
    else dead = true
  })
}

/** AuthenticationOk, or the SASL outcome that comes right before it. */
function endsAuthentication({ body }: Message): boolean {
  const code = body.readInt32BE(0)
  return code === 0 || code === 12
}

function remember(prepared: Map<string, string>, { type, body }: Message): void {
  if (type !== 'P') return
  const [name, sql] = strings(body, 2)
  prepared.set(name ?? '', sql ?? '')
}

/** The text of the statement that a group parses, or runs from earlier. */
function textOf(group: readonly Message[], prepared: ReadonlyMap<string, string>): string {
  for (const { type, body } of group) {
    if (type === 'P') return strings(body, 2)[1] ?? ''
    if (type === 'B') return prepared.get(strings(body, 2)[1] ?? '') ?? ''
  }
  return 'sync'
}

async function connectServer(target: PostgresWireOptions['server']): Promise<TLSSocket> {
  const plain = connect({ host: target.host, port: target.port, noDelay: true })
  const request = Buffer.alloc(8)
  request.writeInt32BE(8)
  request.writeInt32BE(SSL_REQUEST, 4)
  plain.write(request)
  const [answer] = (await once(plain, 'data')) as [Buffer]
  if (answer.toString() !== 'S') throw new Error('the server offers no TLS')
  const secure = connectTls({ socket: plain, ca: target.ca, servername: 'localhost' })
  await once(secure, 'secureConnect')
  secure.on('error', () => secure.destroy())
  return secure
}

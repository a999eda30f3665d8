/**
 * Functions with wires of their own: every call to Secrets Manager and every message to PostgreSQL is counted, and any one of them can be
 * the moment at which something goes wrong.
 */
import { startHttpWire } from '../faults/http-wire.ts'
import { startPostgresWire } from '../faults/postgres-wire.ts'
import type { Functions, Rig } from './rig.ts'

/**
 * What becomes of one call or message, and of who sent it. `killed`: the process dies before the server has heard of it, or after the server
 * has carried it out. `cut`: the same, but the connection dies and the process does not.
 */
export type Fate = 'pass' | 'killed before' | 'killed after' | 'cut before' | 'cut after' | 'error' | 'hang'

/** One call or message. */
export interface Moment {
  /** From 1, since the lane was armed. */
  readonly at: number
  /** The operation, or the text of the statement. */
  readonly name: string
}

/** Functions with wires of their own. */
export interface Armed {
  /** What passed the wires while armed, in order. */
  readonly events: readonly string[]
  /** Asks for the fate of each moment, which waits for the answer. */
  arm(fateOf?: (moment: Moment) => Fate | Promise<Fate>): void
  disarm(): void
}

export interface Lane extends Armed {
  readonly functions: Functions
  /** Where the wire to PostgreSQL listens. */
  readonly server: { readonly engine: 'postgres'; readonly host: string; readonly port: number }
  close(): Promise<void>
}

export async function startLane(rig: Rig, options: { readonly timeoutSeconds: number }): Promise<Lane> {
  let events: string[] = []
  let fateOf: ((moment: Moment) => Fate | Promise<Fate>) | undefined
  let killing = false

  const strike = (name: string): Fate | Promise<Fate> => {
    if (fateOf === undefined) return 'pass'
    events.push(name)
    return fateOf({ at: events.length, name })
  }
  const settled = (fate: Fate): Fate => {
    killing = fate.startsWith('killed')
    return fate
  }
  const onLost = () => {
    if (!killing) return
    for (const pid of [functions.rotate, functions.retire].flatMap(rig.lambda.pids))
      process.kill(pid, 'SIGKILL')
  }
  const http = await startHttpWire({
    target: rig.secretsManager.url,
    onCall: async (_count, operation) => httpFates[settled(await strike(operation))],
    onLost,
  })
  const wire = await startPostgresWire({
    server: rig.postgres,
    onStatement: (_count, statement) => {
      const fate = strike(statement)
      return fate instanceof Promise
        ? fate.then((awaited) => statementFates[settled(awaited)])
        : statementFates[settled(fate)]
    },
    onLost,
  })
  const functions = rig.register({ ...options, environment: { AWS_ENDPOINT_URL_SECRETS_MANAGER: http.url } })
  return {
    functions,
    server: { engine: 'postgres', host: wire.host, port: wire.port },
    get events() {
      return events
    },
    arm: (next = () => 'pass') => {
      fateOf = next
      events = []
    },
    disarm: () => {
      fateOf = undefined
    },
    close: async () => {
      await Promise.all([http.close(), wire.close()])
    },
  }
}

export const httpFates = {
  pass: 'pass',
  'killed before': 'lose-before',
  'cut before': 'lose-before',
  'killed after': 'lose-after',
  'cut after': 'lose-after',
  error: 'error',
  hang: 'hang',
} as const

const statementFates = {
  pass: 'pass',
  'killed before': 'kill-before',
  'cut before': 'kill-before',
  'killed after': 'kill-after',
  'cut after': 'kill-after',
  error: 'error',
  hang: 'hang',
} as const

import { WrongAnswer } from './failure-kind.ts'

/** A connection, as far as an application's own code sees it. */
export interface Session {
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
}

/** Where one request does its work. `replica` opens only when it is asked for. */
export interface Desk {
  readonly primary: Session
  readonly replica: (() => Promise<Session>) | undefined
}

/**
 * What one client does, request by request: it writes, writes and reads under row-level security, makes, alters and drops a table of its own (each in
 * another request, so that different users of the pair meet it), and reads what it wrote from the replica.
 *
 * Throws what the driver throws, and `WrongAnswer` when a query succeeds without the right result.
 */
export class Errands {
  readonly #client: string
  readonly #owner: string
  #requests = 0
  #notes = { next: 1, first: 0, latest: 0 }
  #table: 'none' | 'made' | 'altered' = 'none'

  /** `owner`: the user that everything must belong to, whichever user of the pair does the work. */
  constructor(client: string, owner: string) {
    this.#client = client
    this.#owner = owner
  }

  async run({ primary, replica }: Desk): Promise<void> {
    const turn = this.#requests
    this.#requests += 1
    const order = await this.#order(primary)
    if (turn % 3 === 0) await this.#note(primary)
    if (turn % 7 === 0) await this.#ownTable(primary)
    if (replica && turn % 2 === 0) await this.#readBack(await replica(), order)
  }

  async #order(session: Session): Promise<string> {
    const [row] = await session.query('INSERT INTO orders (client) VALUES ($1) RETURNING id', [this.#client])
    return String(row?.id)
  }

  /** The policy shows a row only to the `current_user` that wrote it: rows from before a rotation must still be there. */
  async #note(session: Session): Promise<void> {
    const n = this.#notes.next
    this.#notes.next += 1
    await session.query('INSERT INTO journal (client, n) VALUES ($1, $2)', [this.#client, n])
    this.#notes.first ||= n
    this.#notes.latest = n
    const [row] = await session.query(
      'SELECT min(n) AS first, max(n) AS latest FROM journal WHERE client = $1',
      [this.#client],
    )
    if (row?.first !== this.#notes.first || row.latest !== n)
      throw new WrongAnswer('rows hidden by row-level security')
  }

  async #ownTable(session: Session): Promise<void> {
    const name = `own_${this.#client.replaceAll('-', '_')}`
    switch (this.#table) {
      case 'none':
        await session.query(`CREATE TABLE IF NOT EXISTS ${name} (id integer PRIMARY KEY)`)
        this.#table = 'made'
        return this.#mustBelongToOwner(session, name)
      case 'made':
        await session.query(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS note text`)
        this.#table = 'altered'
        return
      case 'altered':
        await session.query(`DROP TABLE IF EXISTS ${name}`)
        this.#table = 'none'
    }
  }

  async #mustBelongToOwner(session: Session, table: string): Promise<void> {
    const [row] = await session.query(
      'SELECT tableowner FROM pg_tables WHERE tablename = $1 AND schemaname = $2',
      [table, this.#owner],
    )
    if (row?.tableowner !== this.#owner) throw new WrongAnswer('table belongs to another user')
  }

  /** A replica replays a moment later, which every application that reads one is prepared for; a refusal to log in is not that. */
  async #readBack(session: Session, order: string): Promise<void> {
    const deadline = Date.now() + REPLAY_PATIENCE_MS
    for (;;) {
      const [row] = await session.query('SELECT client FROM orders WHERE id = $1', [order])
      if (row?.client === this.#client) return
      if (Date.now() > deadline) throw new WrongAnswer('replica never showed a row')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const REPLAY_PATIENCE_MS = 10_000

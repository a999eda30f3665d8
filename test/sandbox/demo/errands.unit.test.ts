import { describe, expect, it } from 'vitest'
import { Errands, type Session } from '../../../sandbox/demo/errands.ts'
import { WrongAnswer } from '../../../sandbox/demo/failure-kind.ts'

type Answer = (values: readonly unknown[]) => Record<string, unknown>

/** A database in which everything is as it should be, but for what a test changes. */
function database(change: Partial<Record<'order' | 'journal' | 'owner' | 'replica', Answer>> = {}) {
  const statements: string[] = []
  let written = 0
  const answers: readonly (readonly [start: string, answer: Answer])[] = [
    ['INSERT INTO orders', change.order ?? (() => ({ id: '7' }))],
    [
      'INSERT INTO journal',
      ([, n]) => {
        written = Number(n)
        return {}
      },
    ],
    ['SELECT min', change.journal ?? (() => ({ first: 1, latest: written }))],
    ['SELECT tableowner', change.owner ?? (() => ({ tableowner: 'app' }))],
    ['SELECT client', change.replica ?? (() => ({ client: 'checkout-1' }))],
    ['', () => ({})],
  ]
  const session: Session = {
    query: async (text, values = []) => {
      statements.push(text)
      return [answers.find(([start]) => text.startsWith(start))?.[1](values) ?? {}]
    },
  }
  return { statements, session }
}

describe('an errand', () => {
  it('makes, alters and drops a table of its own, each in another request', async () => {
    const { statements, session } = database()
    const errands = new Errands('checkout-1', 'app')
    const requests: string[][] = []

    for (let request = 0; request < 22; request += 1) {
      await errands.run({ primary: session, replica: undefined })
      requests.push(statements.splice(0))
    }

    const inRequests = (verb: string) =>
      requests.flatMap((made, index) => (made.some((text) => text.startsWith(verb)) ? [index] : []))
    expect(inRequests('CREATE TABLE')).toEqual([0, 21])
    expect(inRequests('ALTER TABLE')).toEqual([7])
    expect(inRequests('DROP TABLE')).toEqual([14])
  })

  it.each<readonly [string, Parameters<typeof database>[0], string]>([
    ['the policy hides the first row', { journal: () => ({ first: 2, latest: 1 }) }, 'row-level security'],
    ['the policy hides every row', { journal: () => ({ first: null, latest: null }) }, 'row-level security'],
    ['a table belongs to the partner', { owner: () => ({ tableowner: 'app_b' }) }, 'another user'],
    ['a table is in another schema', { owner: () => ({}) }, 'another user'],
  ])('takes it for a failure when %s', async (_, change, message) => {
    const { session } = database(change)
    const request = new Errands('checkout-1', 'app').run({ primary: session, replica: undefined })

    await expect(request).rejects.toThrow(message)
    await expect(request).rejects.toBeInstanceOf(WrongAnswer)
  })

  it('reads what it wrote from the replica, asking again until it has been replayed', async () => {
    const rows = [{}, {}, { client: 'checkout-1' }]
    const replica = database({ replica: () => rows.shift() ?? {} })
    const { session } = database()

    await new Errands('checkout-1', 'app').run({
      primary: session,
      replica: async () => replica.session,
    })

    expect(replica.statements).toHaveLength(3)
  })

  it('does not forgive a replica that refuses the login', async () => {
    const { session } = database()
    const refused = new Error('refused')

    await expect(
      new Errands('checkout-1', 'app').run({ primary: session, replica: () => Promise.reject(refused) }),
    ).rejects.toBe(refused)
  })
})

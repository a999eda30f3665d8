import { describe, expect, it } from 'vitest'
import { awake } from '../../../lambdas/adapters/postgres/awake.ts'
import type { Endpoints } from '../../../lambdas/adapters/postgres/endpoints.ts'
import type { RdsMember } from '../../../lambdas/adapters/postgres/rds-topology.ts'

const at = (host: string) => ({ host, port: 5432 })
const instance = (name: string, more: Partial<RdsMember> = {}): RdsMember => ({
  ...{ endpoint: at(name), status: 'available', pausing: name },
  ...more,
})
const fixed = (name: string): RdsMember => ({ endpoint: at(name), status: 'available' })

function known(members: readonly RdsMember[], more: Partial<Endpoints> = {}): Endpoints {
  return { primary: at('writer-name'), declared: [], entrances: [at('writer-name')], members, ...more }
}

/** Names of what is asked when these instances are paused. */
async function askedOf(endpoints: Endpoints, paused: readonly string[]) {
  const found = await awake(endpoints, async () => ({
    pausedAmong: async (asked) => new Set(asked.filter((name) => paused.includes(name))),
  }))
  return found.map(({ host }) => host)
}

const never = () => Promise.reject(new Error('nobody asks'))

describe('a look', () => {
  it('asks every endpoint of a server that cannot pause, and nobody about it', async () => {
    expect(await awake(known([fixed('one'), fixed('two')]), never)).toEqual(
      ['writer-name', 'one', 'two'].map(at),
    )
  })

  it.each([
    { what: 'all are awake', paused: [], asked: ['writer-name', 'one', 'two'] },
    { what: 'one is paused', paused: ['two'], asked: ['one'] },
    { what: 'all are paused', paused: ['one', 'two'], asked: [] },
  ])(
    'asks no instance that is paused, and no name that leads to one, when $what',
    async ({ paused, asked }) => {
      expect(await askedOf(known([instance('one'), instance('two')]), paused)).toEqual(asked)
    },
  )

  it('asks the instance of a fixed size beside those that are paused', async () => {
    expect(await askedOf(known([instance('one'), fixed('two')]), ['one'])).toEqual(['two'])
  })

  it('is not made when it is unknown what is paused', async () => {
    const unknown = { pausedAmong: () => Promise.reject(new Error('unknown')) }
    await expect(awake(known([instance('one')]), async () => unknown)).rejects.toThrow('unknown')
  })

  it('is not made while an instance is being changed', async () => {
    const changing = instance('two', { status: 'rebooting' })
    await expect(askedOf(known([instance('one'), changing]), ['one'])).rejects.toMatchObject({
      code: 'UNREACHABLE',
    })
  })

  it('is not made where a declared endpoint may be another name of what is paused', async () => {
    const aliased = known([instance('one')], { declared: [at('alias')] })
    expect(await askedOf(aliased, [])).toEqual(['writer-name', 'alias', 'one'])
    await expect(askedOf(aliased, ['one'])).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('alias:5432'),
    })
  })
})

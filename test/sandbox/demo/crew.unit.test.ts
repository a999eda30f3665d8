import { afterEach, expect, it, vi } from 'vitest'
import { Crew, crewed } from '../../../sandbox/demo/crew.ts'
import type { Credential } from '../../../sandbox/demo/secret-reader.ts'
import { Tally } from '../../../sandbox/demo/tally.ts'
import config from '../../../sandbox/overlap.config.ts'

let current = 'v1'

const tally = new Tally(Object.keys(crewed), () => 0)
/** Where nobody answers: what is read is all that matters here. */
const place = {
  owner: 'app',
  ca: '',
  replica: undefined,
  tally,
  read: async (): Promise<Credential> => ({
    versionId: current,
    host: '127.0.0.1',
    port: 1,
    dbname: '',
    username: '',
    password: '',
  }),
}
const checkout = (id: string) => ({ consumer: 'ecs:shop/checkout', id })

afterEach(() => {
  current = 'v1'
})

it('those that are declared are those that work', () => {
  const [app] = config.environments[0]?.databases.shop.secrets ?? []
  expect(Object.keys(crewed)).toEqual(app !== undefined && 'consumers' in app ? app.consumers : [])
})

it('who runs already begins when there is work; each keeps the version that it read until it is stopped', async () => {
  const crew = new Crew()
  crew.started(checkout('one'))
  expect(crew.on('v1')).toEqual({ running: 1, there: 0 })

  crew.begin(place)
  await vi.waitFor(() => expect(crew.on('v1')).toEqual({ running: 1, there: 1 }))
  current = 'v2'
  crew.started(checkout('two'))
  await vi.waitFor(() => expect(crew.on('v2')).toEqual({ running: 2, there: 1 }))
  expect(crew.on('v1')).toEqual({ running: 2, there: 1 })

  crew.stopped(checkout('one'))
  expect(crew.on('v2')).toEqual({ running: 1, there: 1 })
  await crew.end()
  expect(crew.on('v2')).toEqual({ running: 1, there: 0 })
})

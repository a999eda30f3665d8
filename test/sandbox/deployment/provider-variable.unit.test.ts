import { expect, it } from 'vitest'
import { trusting } from '../../../sandbox/deployment/provider-variable.ts'

const authorities = new Map([['localhost:40001', 'PEM']])
const variable = (definition: unknown) => JSON.stringify({ name: 'mail', definition })

it('adds the authority of a provider that is here', () => {
  const hosts = ['localhost:40001']
  expect(JSON.parse(trusting(variable({ hosts, keys: 2 }), authorities))).toEqual({
    name: 'mail',
    definition: { hosts, keys: 2, ca: 'PEM' },
  })
})

it.each([['sendgrid'], [{ hosts: ['api.example.com'] }], [{ keys: 2 }]])(
  'leaves %j as it is',
  (definition) => {
    expect(trusting(variable(definition), authorities)).toBe(variable(definition))
  },
)

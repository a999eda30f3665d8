import type { CredentialAdapter, CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Call } from './process.ts'

export interface Password {
  readonly user: string
  readonly password: string
}

/** A server with one user and one password: setting the new one is the end of the old one. */
export function singleSlotTarget(password: string) {
  const server = { password, made: 0 }
  const works = (credential: Password) => credential.password === server.password

  const adapterFor = (call: Call): CredentialAdapter<Password> => ({
    kind: 'single-slot',
    overlap: false,
    parse: (secretString) => JSON.parse(secretString),
    serialize: (credential) => JSON.stringify(credential),
    target: ({ user }) => user,
    carried: () => '',
    principal: ({ user }) => user,
    preflight: (current) => call('log in as current', () => refuseUnless(works(current), 'CURRENT_REFUSED')),
    create: (current) =>
      call('log in as current', () => {
        refuseUnless(works(current), 'CURRENT_REFUSED')
        server.made += 1
        return { ...current, password: `password-${server.made}` }
      }),
    // The current one is refused after a crash behind the change: then the pending one is there already.
    set: async (pending, current, fence) => {
      if (await call('log in as pending', () => works(pending))) return
      await fence.check()
      await call('change the password', () => {
        refuseUnless(works(current), 'CURRENT_REFUSED')
        server.password = pending.password
      })
    },
    test: (pending) => call('log in as pending', () => refuseUnless(works(pending), 'PENDING_REFUSED')),
  })

  /** Nothing of it is ever retired. */
  const retirerFor = (call: Call): CredentialRetirer<Password> => ({
    kind: 'single-slot',
    parse: (secretString) => JSON.parse(secretString),
    principal: ({ user }) => user,
    login: (current) => call('log in as current', () => refuseUnless(works(current), 'CURRENT_REFUSED')),
    sightings: async ({ user }) => ({
      sightings: [],
      endpoints: ['db:5432'],
      asleep: false,
      witness: undefined,
      principal: user,
    }),
    isDisabled: async () => undefined,
    disable: () => Promise.reject(new OverlapError('STAMP_INVALID', 'nothing is recorded')),
    enable: async () => false,
    remove: () => Promise.reject(new OverlapError('STAMP_INVALID', 'nothing is recorded')),
    leave: async () => undefined,
  })
  return { works, adapterFor, retirerFor }
}

function refuseUnless(works: boolean, code: 'CURRENT_REFUSED' | 'PENDING_REFUSED'): void {
  if (!works) throw new OverlapError(code, 'the server refused the login')
}

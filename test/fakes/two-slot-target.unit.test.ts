import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { adapterContract } from '../contracts/adapter.contract.ts'
import type { Call } from './process.ts'
import type { Credential } from './two-slot-server.ts'
import { twoSlotTarget } from './two-slot-target.ts'

/** Waits for the lock. */
const patiently: Call = async (_name, effect) => {
  for (;;)
    try {
      return effect()
    } catch (error) {
      if (!(error instanceof OverlapError && error.code === 'LOCK_TIMEOUT')) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
}

/** What histories are played with keeps the promises that a real target keeps. */
adapterContract<Credential>('two-slot', {
  start: async () => {},
  stop: async () => {},
  overlap: true,
  subject: async () => {
    const first = { host: 'db', user: 'a', password: 'one' } as const
    const target = twoSlotTarget(() => 0, { a: { password: first.password, stamp: undefined } })
    return {
      secretString: JSON.stringify(first),
      adapter: () => target.adapterFor(patiently),
      retirer: () => target.retirerFor(patiently),
      works: async (credential) => target.works(credential),
      use: async ({ user }) => {
        target.sessions.add(user)
        return async () => {
          target.sessions.delete(user)
        }
      },
      corrupted: (credential) => ({ ...credential, password: 'wrong' }),
      elsewhere: (credential) => ({ ...credential, host: 'other' }),
    }
  },
})

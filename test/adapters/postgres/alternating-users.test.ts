import {
  type PostgresCredential,
  parseCredential,
  serializeCredential,
} from '../../../lambdas/adapters/postgres/credential.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import { adapterContract } from '../../contracts/adapter.contract.ts'
import { application, connect, newcomer, works } from './application.ts'
import { serverVersion } from './server-version.ts'

let server: PostgresServer

adapterContract<PostgresCredential>('PostgreSQL, alternating users', {
  start: async () => {
    server = await startPostgres({ version: serverVersion() })
  },
  stop: () => server.stop(),
  overlap: true,
  subject: async () => {
    const app = await application(server)
    return {
      secretString: serializeCredential(app.current),
      adapter: () => postgresAdapter(app.options()),
      retirer: () => postgresRetirer(app.options()),
      works: (credential) => works(app, credential),
      use: async (credential) => {
        const client = await connect(app, credential)
        return () => client.end().catch(() => undefined)
      },
      corrupted: (credential) => ({ ...credential, password: 'not the password' }),
      elsewhere: (credential) =>
        parseCredential(
          serializeCredential(credential).replace('"dbname":"postgres"', '"dbname":"template1"'),
        ),
    }
  },
  newcomer: async () => {
    const app = newcomer(server)
    return {
      secretString: serializeCredential(app.current),
      adapter: () => postgresAdapter(app.options()),
      uninvited: () => postgresAdapter(app.options({ tags: new Map() })),
      rotated: () => postgresAdapter(app.options({ rotated: true })),
      works: (credential) => works(app, credential),
      corrupted: (credential) => ({ ...credential, password: 'not the password' }),
    }
  },
})

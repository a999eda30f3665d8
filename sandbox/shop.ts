import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { PostgresServer } from './postgres/server.ts'
import type { SecretsManager } from './secrets-manager/server.ts'

/** The database that the sandbox's secrets open. */
export const SHOP = 'shop'

/** How the ARNs of overlap.config.ts end. */
const ARN_SUFFIX = 'Sandbx'

const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`

/** The database, and a table in it that belongs to nobody's application. */
export async function createShop(postgres: PostgresServer): Promise<void> {
  await postgres.query(`CREATE DATABASE ${SHOP}`)
  await postgres.query(
    'CREATE TABLE public.ledger (booked_at timestamptz NOT NULL DEFAULT now(), amount numeric NOT NULL)',
    [],
    { database: SHOP },
  )
}

/**
 * An application's user as one finds it: created by the admin (so that from PostgreSQL 16 on the admin may alter it), owner of a schema of
 * its own name, with a table under row-level security whose policy asks for `current_user`.
 *
 * @returns the password
 */
export async function createApplication(postgres: PostgresServer, username: string): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const { admin } = postgres
  await postgres.query(`CREATE ROLE ${quoted(username)} LOGIN PASSWORD '${verifier(password)}'`, [], {
    user: admin.username,
    password: admin.password,
  })
  await postgres.query(schemaOf(quoted(username)), [], { database: SHOP })
  return password
}

/**
 * The secrets of the admin and of the user `app` as one finds them, in AWS's structure and without a tag, with the ARNs of overlap.config.ts.
 *
 * @returns ARNs
 */
export async function createShopSecrets(
  postgres: PostgresServer,
  secretsManager: SecretsManager,
): Promise<{ readonly adminSecret: string; readonly secret: string }> {
  const { host, port, admin } = postgres
  const seed = (name: string, value: object) =>
    secretsManager.seed({ name, secretString: JSON.stringify(value), arnSuffix: ARN_SUFFIX }).arn
  const adminSecret = seed('shop/admin', { engine: 'postgres', host, port, ...admin })
  const password = await createApplication(postgres, 'app')
  const user = { dbname: SHOP, username: 'app', password, masterarn: adminSecret }
  return { adminSecret, secret: seed('shop/app', { engine: 'postgres', host, port, ...user }) }
}

function schemaOf(user: string): string {
  return `
    ALTER ROLE ${user} SET statement_timeout = '20s';
    CREATE SCHEMA ${user} AUTHORIZATION ${user};
    SET ROLE ${user};
    CREATE TABLE orders (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      client text NOT NULL,
      placed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE journal (
      client text NOT NULL,
      n integer NOT NULL,
      written_by name NOT NULL DEFAULT current_user,
      PRIMARY KEY (client, n)
    );
    ALTER TABLE journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY own_rows ON journal USING (written_by = current_user);
    RESET ROLE`
}

/** A SCRAM-SHA-256 verifier (RFC 5803), which CREATE ROLE takes in place of the password: so no statement holds one. */
function verifier(password: string): string {
  const [iterations, salt] = [4096, randomBytes(16)]
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}

import { randomBytes } from 'node:crypto'
import { SALT_BYTES, scramVerifier } from '../../lambdas/adapters/postgres/scram-verifier.ts'
import { createApplication, SHOP } from '../../sandbox/shop.ts'
import type { Functions, Rig } from './rig.ts'
import { createSecret, type RotatedSecret, rotatedSecret, type Value } from './rotated-secret.ts'

/** One application with its own user, secret and admin secret: so a warm function reads the admin's as a cold one does. */
export interface Subject extends RotatedSecret {
  readonly adminSecret: string
  readonly username: string
  /** What its user was made with. */
  readonly initial: Value
  /** Logs in past every wire and does what only an owner may. Throws when anything is refused. */
  use(value: Value): Promise<void>
  /** What AWSCURRENT and DRAINING hold is usable; and so is what the given versions hold. */
  expectUsable(...versions: readonly string[]): Promise<void>
  /** Role to what the stamp says that it holds. */
  slots(): Promise<Readonly<Record<string, { readonly version: string; readonly state: string }>>>
}

export interface SubjectOptions {
  /** Where the secret and its admin secret lead; default the server itself. */
  readonly server?: { readonly host: string; readonly port: number }
  readonly functions?: Functions
  readonly tags?: Readonly<Record<string, string>>
  /** Of the user; default one of letters and digits that nobody has. */
  readonly username?: string
  /** Of the user; default one of letters and digits. */
  readonly password?: string
  /** Fields of the secret's value that are not as usual. */
  readonly value?: Readonly<Record<string, unknown>>
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

export async function startSubject(rig: Rig, options: SubjectOptions = {}): Promise<Subject> {
  const { postgres, client, query } = rig
  const { host, port } = options.server ?? postgres
  const at = { engine: 'postgres', host, port }
  const name = `app_${randomBytes(4).toString('hex')}`
  const { username = name } = options
  let password = await createApplication({ ...postgres, query }, username)
  if (options.password !== undefined) {
    password = options.password
    const verifier = await scramVerifier(password, randomBytes(SALT_BYTES))
    await query(`ALTER ROLE ${quoted(username)} PASSWORD '${verifier}'`)
  }
  const adminSecret = await createSecret(client, `admin/${name}`, { ...at, ...postgres.admin })
  const value = { ...at, dbname: SHOP, username, password, masterarn: adminSecret, ...options.value }
  const secretId = await createSecret(client, `shop/${name}`, value, {
    'overlap:mode': 'enforce',
    ...options.tags,
  })
  const secret = rotatedSecret(rig, secretId, options.functions ?? rig.functions)

  const use = async (used: Value): Promise<void> => {
    const [who] = await postgres.query<{ user: string }>(
      `ALTER TABLE ${quoted(username)}.orders ALTER COLUMN client SET STATISTICS 100;
       SELECT current_user::text AS user`,
      undefined,
      { database: SHOP, user: used.username, password: used.password },
    )
    if (who?.user !== username) throw new Error(`current_user is ${who?.user}, not ${username}`)
  }
  return {
    ...secret,
    adminSecret,
    username,
    initial: { username, password },
    use,
    expectUsable: async (...versions) => {
      const labels = await secret.labels()
      for (const version of new Set([...versions, labels.get('AWSCURRENT'), labels.get('DRAINING')]))
        if (version !== undefined) await use(await secret.value(version))
    },
    slots: async () => {
      const comments = await query<{ comment: string }>(
        `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles
         WHERE shobj_description(oid, 'pg_authid') LIKE 'overlap/%'`,
      )
      const stamps = comments.map(({ comment }) => JSON.parse(comment.replace(/^overlap\/\d /, '')))
      return stamps.find(({ owner }) => owner === username)?.slots ?? {}
    },
  }
}

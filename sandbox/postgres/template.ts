import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../cache.ts'
import { copyTree } from '../copy-tree.ts'
import type { Binaries } from './binaries.ts'
import type { Keeper } from './keeper.ts'
import { writeOwned } from './owned-file.ts'
import { processEnvironment } from './process-environment.ts'
import type { ServerUser } from './server-user.ts'

/** A data directory as initdb makes it, to be copied: copying takes a tenth of initdb's time. */
export interface Template {
  /** Password of `postgres` in a fresh copy. It must be replaced at once. */
  readonly initialPassword: string
  /** Makes a data directory of the server's user at a path that does not exist. */
  copyTo(dataDirectory: string): void
}

const clusterOptions = ['--auth=scram-sha-256', '--locale=C', '-E', 'UTF8', '--wal-segsize=1', '--no-sync']

export async function prepareTemplate(options: {
  readonly binaries: Binaries
  readonly user: ServerUser
  readonly keeper: Keeper
  readonly temporaryRoot: string
  readonly runFolder: string
}): Promise<Template> {
  const { binaries, user, keeper, temporaryRoot, runFolder } = options
  const name = `data-${binaries.key}-${user.uid}-${createHash('sha256').update(clusterOptions.join()).digest('hex').slice(0, 8)}`
  const content = await cached({ temporaryRoot, runFolder, name }, async (folder) => {
    mkdirSync(folder)
    chmodSync(folder, 0o700)
    if (user.other) chownSync(folder, user.uid, user.gid)
    const passwordFile = join(folder, 'password')
    const log = join(runFolder, 'initdb.log')
    writeOwned(passwordFile, randomBytes(18).toString('base64url'), user)
    const initdb = await keeper.run({
      file: binaries.initdb,
      args: [
        ...['-D', join(folder, 'data'), '-U', 'postgres', `--pwfile=${passwordFile}`],
        ...clusterOptions,
      ],
      env: processEnvironment,
      user,
      log,
    })
    const how = await initdb.exited
    if (how !== 'exit code 0') throw new Error(`initdb failed (${how}): ${readFileSync(log, 'utf8').trim()}`)
    rmSync(log)
  })
  return {
    initialPassword: readFileSync(join(content, 'password'), 'utf8'),
    copyTo: (dataDirectory) => copyTree(join(content, 'data'), dataDirectory, user.other ? user : undefined),
  }
}

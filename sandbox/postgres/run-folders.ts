import { chmodSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mayEnter, type ServerUser } from './server-user.ts'

/** Where one run keeps its files. */
export interface RunFolders {
  /** What outlives the run, and is only worth its time, is kept below this. */
  readonly temporaryRoot: string
  /** Certificates and logs. */
  readonly runFolder: string
  /** Data directories. */
  readonly dataFolder: string
}

const memory = '/dev/shm'
const roomyBytes = 2 ** 30

/**
 * New folders in the system's temporary folder. Data directories lie in memory where there is plenty and TMPDIR asks for no
 * other place: a data directory is a thousand small files, which some disks take a second to make and to remove.
 */
export function makeRunFolders(user: ServerUser): RunFolders {
  const temporaryRoot = [tmpdir(), '/tmp'].find((folder) => mayEnter(folder, user))
  if (temporaryRoot === undefined)
    throw new Error(
      `PostgreSQL cannot run as root, and user ${user.uid} may not enter ${tmpdir()} or /tmp. Set TMPDIR to a folder that every user may enter.`,
    )
  const runFolder = makeFolder(temporaryRoot)
  return { temporaryRoot, runFolder, dataFolder: makeFolderInMemory(user) ?? runFolder }
}

function makeFolderInMemory(user: ServerUser): string | undefined {
  if (process.env.TMPDIR !== undefined) return undefined
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize >= roomyBytes && mayEnter(memory, user) ? makeFolder(memory) : undefined
  } catch {
    return undefined
  }
}

function makeFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'overlap-postgres-'))
  chmodSync(folder, 0o755)
  return folder
}

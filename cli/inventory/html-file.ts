import { randomUUID } from 'node:crypto'
import { open, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

const OWNER_ALONE = 0o600
const ANYBODY = 0o777

/** The page cannot be where it was asked for. */
export class NoSuchPlace extends Error {}

/** Whether a file can be written there, before somebody waits for what is to be in it. Leaves nothing behind. Throws `NoSuchPlace`. */
export async function checkPlace(file: string): Promise<void> {
  const temporary = temporaryFor(await placeOf(file))
  try {
    await (await open(temporary, 'wx', OWNER_ALONE)).close()
    await rm(temporary)
  } catch (error) {
    throw explained(error, file)
  }
}

/**
 * Whoever reads the file sees the whole text, or what was there before. A new one is its owner's alone, since it lists every secret; one that was there before
 * stays open to whom it was open to. The text comes in pieces, each made when the one before it is written. Throws `NoSuchPlace`, and whatever the making of a
 * piece throws.
 */
export async function writeWhole(file: string, pieces: Iterable<string>): Promise<void> {
  const place = await placeOf(file)
  const temporary = temporaryFor(place)
  const before = await stat(place).catch(() => undefined)
  try {
    const handle = await open(temporary, 'wx', OWNER_ALONE)
    try {
      await writeFile(handle, pieces)
      if (before !== undefined) await handle.chmod(before.mode & ANYBODY)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, place)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    // What the system refuses has a code.
    throw codeOf(error) === undefined ? error : explained(error, file)
  }
}

/** What a link leads to, since it is to stay a link. Only a file may be replaced: as root, a device would be. */
async function placeOf(file: string): Promise<string> {
  try {
    if (!(await stat(file)).isFile())
      throw new NoSuchPlace(`cannot write ${file}: it is there, and is no file`)
  } catch (error) {
    if (error instanceof NoSuchPlace) throw error
    if (codeOf(error) !== 'ENOENT') throw explained(error, file)
  }
  const target = await readlink(file).catch(() => undefined)
  return target === undefined ? file : placeOf(path.resolve(path.dirname(file), target))
}

/** Beside it: a file can be moved at once only within one file system. */
function temporaryFor(place: string): string {
  return path.join(path.dirname(place), `.overlap-${randomUUID()}.tmp`)
}

function explained(error: unknown, file: string): NoSuchPlace {
  const folder = path.dirname(path.resolve(file))
  switch (codeOf(error)) {
    case 'ENOENT':
      return new NoSuchPlace(`cannot write ${file}: there is no folder ${folder}`)
    case 'ENOTDIR':
      return new NoSuchPlace(`cannot write ${file}: ${folder} is no folder`)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new NoSuchPlace(`cannot write ${file}: nothing may be written in ${folder}`)
    default:
      return new NoSuchPlace(
        `cannot write ${file}: ${error instanceof Error ? error.message : 'for an unknown reason'}`,
      )
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

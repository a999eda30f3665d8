import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { measureTree } from './copy-tree.ts'

/**
 * Folders that are costly to make and the same for every run, kept in the temporary folder. An entry is made in the run's own folder
 * (so that a run that dies leaves nothing half made) and appears here by one rename. It is measured before each use, because
 * temporary folders are cleaned file by file.
 *
 * @param name says everything that the content depends on
 * @param make fills the folder that it is given, which lies in `runFolder`
 * @returns the folder, to be read only
 */
export async function cached(
  options: { readonly temporaryRoot: string; readonly runFolder: string; readonly name: string },
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = cacheFolder(options.temporaryRoot)
  const entry = join(cache ?? options.runFolder, options.name)
  if (isWhole(entry)) {
    noteUse(entry)
    return join(entry, 'content')
  }

  const draft = join(options.runFolder, `draft-${options.name}`)
  mkdirSync(draft)
  chmodSync(draft, 0o755)
  const content = join(draft, 'content')
  await make(content)
  writeFileSync(join(draft, 'size.json'), JSON.stringify(measureTree(content)))
  if (existsSync(entry)) {
    if (isWhole(entry)) return join(entry, 'content')
    discard(entry, options.runFolder)
  }
  try {
    renameSync(draft, entry)
  } catch {
    // Another process was faster, or took the folder away: what was made here serves this run.
    return content
  }
  return join(entry, 'content')
}

/** Discards every entry whose name begins so and that no run has asked for in `unusedMs`. */
export function forgetUnused(
  place: { readonly temporaryRoot: string; readonly runFolder: string },
  prefix: string,
  unusedMs: number,
): void {
  const cache = cacheFolder(place.temporaryRoot)
  if (cache === undefined) return
  for (const name of readdirSync(cache)) {
    const used = lstatSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (name.startsWith(prefix) && Date.now() - used > unusedMs) discard(join(cache, name), place.runFolder)
  }
}

function noteUse(entry: string): void {
  try {
    utimesSync(entry, new Date(), new Date())
  } catch {
    // Another process discards it just now, which it would not have done for what is used.
  }
}

/** Undefined when the name is taken by something that this user did not make: then each run makes its own. */
function cacheFolder(temporaryRoot: string): string | undefined {
  const uid = process.getuid?.() ?? 0
  const folder = join(temporaryRoot, `overlap-cache-${uid}`)
  try {
    mkdirSync(folder)
    chmodSync(folder, 0o755)
  } catch {
    // It exists, or cannot be made; what stands there decides.
  }
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0 ? folder : undefined
}

function isWhole(entry: string): boolean {
  try {
    return (
      readFileSync(join(entry, 'size.json'), 'utf8') === JSON.stringify(measureTree(join(entry, 'content')))
    )
  } catch {
    return false
  }
}

function discard(entry: string, runFolder: string): void {
  try {
    renameSync(entry, join(runFolder, `discarded-${process.hrtime.bigint()}`))
  } catch {
    // Another process discarded it first.
  }
}

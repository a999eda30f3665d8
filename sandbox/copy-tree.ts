import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'

/** How much a folder holds. Two equal measures of a tree that is only ever written once mean that nothing was lost. */
export interface TreeSize {
  readonly entries: number
  readonly bytes: number
}

/**
 * Copies a folder with its modes, whatever the umask, for `owner` when one is given. The target must not exist.
 * Synchronous: a thousand small files take a third of the time that they take through the thread pool.
 */
export function copyTree(
  source: string,
  target: string,
  owner?: { readonly uid: number; readonly gid: number },
): void {
  mkdirSync(target)
  chmodSync(target, lstatSync(source).mode & 0o7777)
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = join(source, entry.name)
    const to = join(target, entry.name)
    if (entry.isDirectory()) copyTree(from, to, owner)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else {
      copyFileSync(from, to, constants.COPYFILE_FICLONE)
      if (owner) chownSync(to, owner.uid, owner.gid)
    }
  }
  if (owner) chownSync(target, owner.uid, owner.gid)
}

export function measureTree(folder: string): TreeSize {
  let entries = 0
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    entries += 1
    if (entry.isDirectory()) {
      const inner = measureTree(path)
      entries += inner.entries
      bytes += inner.bytes
    } else if (entry.isFile()) bytes += lstatSync(path).size
  }
  return { entries, bytes }
}

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * A digest of names and contents: of the files, and of every file below the folders. Where they stand does not matter, only how they stand to `root`.
 * 32 hexadecimal digits. Throws when one of them does not exist.
 */
export function fingerprint(root: string, paths: readonly string[], more: readonly string[] = []): string {
  const hash = createHash('sha256')
  const add = (text: string | Buffer) => hash.update(`${text.length}:`).update(text)
  for (const file of paths.flatMap((path) => filesAt(join(root, path))).sort()) {
    add(relative(root, file))
    add(readFileSync(file))
  }
  for (const text of more) add(text)
  return hash.digest('hex').slice(0, 32)
}

function filesAt(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

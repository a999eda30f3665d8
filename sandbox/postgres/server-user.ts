import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Who the PostgreSQL processes run as. PostgreSQL refuses to run as root, so root hands over to `nobody`. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  /** True when this is somebody else than the current user, which only root can arrange. */
  readonly other: boolean
}

/** The current user, or `nobody` for root. initdb fails for a uid without a passwd entry, hence the look-up. */
export function serverUser(): ServerUser {
  const uid = process.getuid?.()
  const gid = process.getgid?.()
  if (uid === undefined || gid === undefined)
    throw new Error(`The sandbox's PostgreSQL runs on Linux and macOS, not on ${process.platform}.`)
  if (uid !== 0) return { uid, gid, other: false }
  const nobody = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  // macOS writes -2 for what stat and chown call 4294967294.
  return { uid: Number(nobody?.[1] ?? 65534) >>> 0, gid: Number(nobody?.[2] ?? 65534) >>> 0, other: true }
}

/** True when `user` can open `path`: every folder above it may be entered and the thing itself read (a folder: listed and entered). */
export function mayRead(path: string, user: ServerUser): boolean {
  if (!user.other) return true
  const real = realpathSync(path)
  const stats = statSync(real)
  return permits(stats, user, stats.isDirectory() ? 0o5 : 0o4) && mayEnter(dirname(real), user)
}

/** True when `user` may enter the folder, and every one above it. */
export function mayEnter(folder: string, user: ServerUser): boolean {
  if (!user.other) return true
  for (let at = realpathSync(folder); ; at = join(at, '..')) {
    if (!permits(statSync(at), user, 0o1)) return false
    if (at === dirname(at)) return true
  }
}

function permits(stats: Stats, user: ServerUser, bits: number): boolean {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0
  return ((stats.mode >> shift) & bits) === bits
}

import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import type { ServerUser } from './server-user.ts'

/** Writes a file that only the server's user may read, or everybody with `mode` 0o644; whatever the umask. */
export function writeOwned(path: string, text: string, user: ServerUser, mode: 0o600 | 0o644 = 0o600): void {
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  if (user.other) chownSync(path, user.uid, user.gid)
}

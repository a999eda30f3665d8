import type { Entry } from '../../lambdas/inventory/entry.ts'
import type { Deployment } from '../deployment-function.ts'
import { placeFlags } from '../place-flags.ts'

/** With a command that looks where this inventory looked, and as whom, when that was typed: whoever pastes it means this account and Region. */
export function placed(entry: Entry, place: Omit<Deployment, 'name'>): Entry {
  const { run } = entry.path
  const flags = placeFlags(place)
  return run === undefined || flags === '' ? entry : { ...entry, path: { ...entry.path, run: run + flags } }
}

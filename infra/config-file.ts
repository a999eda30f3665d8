import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { refuse } from './checks/problems.ts'
import type { OverlapConfig } from './deployment.ts'

/** The file that is read when no other is named. */
export const CONFIG_FILE = 'overlap.config.ts'

/** Rejects with a `ConfigurationError`: `CONFIG_UNREADABLE`. A mistake in the file's own code is thrown as it is. */
export async function readConfig(file: string): Promise<OverlapConfig> {
  const place = path.resolve(file)
  if (!existsSync(place))
    refuse([
      {
        code: 'CONFIG_UNREADABLE',
        subject: file,
        field: 'config',
        message: 'must be the path of a file that is there, as in -c config=overlap.config.ts',
      },
    ])
  const { default: config } = await import(pathToFileURL(place).href)
  if (!Array.isArray(config?.environments) || config.environments.length === 0)
    refuse([
      {
        code: 'CONFIG_UNREADABLE',
        subject: file,
        field: 'environments',
        message: 'must be a list of at least one environment, in the object that the file exports by default',
      },
    ])
  return config
}

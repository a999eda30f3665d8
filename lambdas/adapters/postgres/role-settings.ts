import { identifier, literal } from './quoting.ts'

/** What `ALTER ROLE ... [IN DATABASE ...] SET` left in `pg_db_role_setting`: one list of `name=value` per database, null for all of them. */
export interface RoleSettings {
  readonly database: string | null
  readonly config: readonly string[]
}

export interface SettingChange {
  readonly database: string | null
  readonly name: string
  /** Undefined resets the setting. */
  readonly value: string | undefined
}

/** What must change in `actual` so that it says exactly what `wanted` does. */
export function settingChanges(
  wanted: readonly RoleSettings[],
  actual: readonly RoleSettings[],
): SettingChange[] {
  const changes: SettingChange[] = []
  for (const database of new Set([...wanted, ...actual].map((settings) => settings.database))) {
    const want = settingsIn(wanted, database)
    const have = settingsIn(actual, database)
    for (const [name, value] of want) if (have.get(name) !== value) changes.push({ database, name, value })
    for (const name of have.keys()) if (!want.has(name)) changes.push({ database, name, value: undefined })
  }
  return changes
}

/** The settings that hold for one database, or with null those that hold for all of them, by name. */
function settingsIn(all: readonly RoleSettings[], database: string | null): Map<string, string> {
  const settings = new Map<string, string>()
  for (const entry of all)
    if (entry.database === database)
      for (const item of entry.config) {
        const equals = item.indexOf('=')
        settings.set(item.slice(0, equals), item.slice(equals + 1))
      }
  return settings
}

/**
 * The settings a partner needs to log in as its owner does: the owner's own, and the owner's role unless the owner takes one itself.
 */
export function partnerSettings(owner: string, ownerSettings: readonly RoleSettings[]): RoleSettings[] {
  const everywhere = settingsIn(ownerSettings, null)
  if (!everywhere.has('role')) everywhere.set('role', owner)
  return [
    { database: null, config: [...everywhere].map(([name, value]) => `${name}=${value}`) },
    ...ownerSettings.filter((settings) => settings.database !== null),
  ]
}

/** Who a session of `username` in `database` is, by the `role` setting: the more special one wins. */
export function roleAtLogin(username: string, database: string, settings: readonly RoleSettings[]): string {
  const role = settingsIn(settings, database).get('role') ?? settingsIn(settings, null).get('role')
  return role === undefined || role === 'none' ? username : role
}

export function settingStatement(
  role: string,
  change: SettingChange,
  quote: (name: string) => string = identifier,
): string {
  const scope = `ALTER ROLE ${quote(role)}${change.database === null ? '' : ` IN DATABASE ${quote(change.database)}`}`
  return change.value === undefined
    ? `${scope} RESET ${quote(change.name)}`
    : `${scope} SET ${quote(change.name)} TO ${settingValue(change.name, change.value)}`
}

// The settings with GUC_LIST_QUOTE: one constant would become one element that holds commas. pg_dump keeps the same list (dumputils.c).
const lists = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

function settingValue(name: string, value: string): string {
  if (!lists.has(name.toLowerCase())) return literal(value)
  const elements = splitList(value)
  return elements.length === 0 ? literal('') : elements.map(literal).join(', ')
}

/** Takes a stored list such as `"$user", public` apart, as SplitGUCList does. */
function splitList(value: string): string[] {
  const elements: string[] = []
  for (const match of value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"\s][^,"]*?))\s*(?:,|$)/g))
    elements.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
  return elements
}

/** Environment of initdb and postgres: nothing of the caller's, whose locale, time zone and PG* variables would change what they do. */
export const processEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

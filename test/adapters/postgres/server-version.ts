/** The major version that tests run against: the newest, or what POSTGRES_VERSION says. */
export function serverVersion(): 14 | 16 | 18 {
  const version = Number(process.env.POSTGRES_VERSION ?? 18)
  if (version === 14 || version === 16 || version === 18) return version
  throw new Error('POSTGRES_VERSION must be 14, 16 or 18')
}

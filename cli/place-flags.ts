/** Where and as whom a command was to look, as it was typed. */
export interface Place {
  readonly region?: string | undefined
  readonly profile?: string | undefined
}

/** For the end of a command that is to look there, too, with a blank before each flag: the AWS CLI and this program have the same ones. */
export function placeFlags({ region, profile }: Place): string {
  return `${flag('region', region)}${flag('profile', profile)}`
}

function flag(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` --${name} ${shellWord(value)}`
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9:/@._+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

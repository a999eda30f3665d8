import type { Entry } from './entry.ts'

const consoles: Readonly<Record<string, string>> = {
  cn: 'console.amazonaws.cn',
  'us-gov': 'console.amazonaws-us-gov.com',
}

/**
 * Where AWS's console shows a credential: its secret in this Region, or its IAM user. Always https at one of AWS's hosts, whatever the name is; undefined
 * for a Region that is none.
 */
export function consoleLink(
  { type, name }: Pick<Entry, 'type' | 'name'>,
  region: string,
): string | undefined {
  if (!/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region)) return undefined
  const host = consoles[/^(us-gov|cn)-/.exec(region)?.[1] ?? ''] ?? 'console.aws.amazon.com'
  const encoded = encodeURIComponent(name.replace(/\p{Cs}/gu, '\ufffd'))
  return type === 'secret'
    ? `https://${region}.${host}/secretsmanager/secret?name=${encoded}&region=${region}`
    : `https://${region}.${host}/iam/home#/users/details/${encoded}?section=security_credentials`
}

import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Provider } from '../../../sandbox/provider/server.ts'

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Calls the provider over TLS that is verified, as anyone could; a body that is text is sent as it is. Rejects when no whole answer comes. */
export function call(
  { url, ca }: Pick<Provider, 'url' | 'ca'>,
  [method, path]: readonly [method: string, path: string],
  token: string,
  body?: object | string,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${path}`,
      { method, ca, agent: false, headers: token === '' ? {} : { authorization: `Bearer ${token}` } },
      (response) => {
        text(response).then(
          (told) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: told }),
          reject,
        )
      },
    )
    asked.on('error', reject).end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
}

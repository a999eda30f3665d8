import { type Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { Refused } from './call-failure.ts'

/** Where the provider of mail is, and by which connections. */
export interface MailPlace {
  readonly url: string
  readonly agent: Agent
}

/** Asks the provider of mail once, as whoever has the token, and returns its answer. Throws Refused with the status that is none of 2xx. */
export function mailRequest(
  { url, agent }: MailPlace,
  { method, path, token, body }: { method: 'POST' | 'DELETE'; path: string; token: string; body?: object },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const asked = request(`${url}${path}`, { agent, method, headers, timeout: 15_000 }, (response) => {
      const status = response.statusCode ?? 0
      text(response).then(
        (answer) => (status >= 200 && status < 300 ? resolve(answer) : reject(new Refused(String(status)))),
        reject,
      )
    })
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

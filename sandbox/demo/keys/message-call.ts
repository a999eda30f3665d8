import { Agent } from 'node:https'
import type { KeyedCall } from './keyed-call.ts'
import { mailRequest } from './mail-request.ts'

/** The value of a secret that holds a key of the mail provider. */
export interface MailKey {
  readonly keyId: string
  readonly key: string
}

/** Hands a message to the provider of mail, and never tries again. */
export function messageCall({ url, ca }: { readonly url: string; readonly ca: string }): KeyedCall<MailKey> {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
  return {
    async call({ key: token }) {
      await mailRequest({ url, agent }, { method: 'POST', path: '/v1/messages', token, body: {} })
    },
    close: () => agent.destroy(),
  }
}

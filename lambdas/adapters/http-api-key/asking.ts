import type { Told } from './answers.ts'
import { adminHeaders } from './authentication.ts'
import { type Answered, type Call, type Calling, call } from './calls.ts'
import type { CopyingStep, Step } from './provider.ts'
import { addressOf, bodyOf } from './requests.ts'
import { type Values, withValues } from './template.ts'

export interface HttpPlaceOptions extends Calling {
  /** ARN of the secret whose key is rotated. */
  readonly secretArn: string
  readonly adminSecretArn: string
  /** The admin secret, which may be kept for a while: `forget` and `read` is fresh. */
  readonly admins: { read(arn: string): Promise<string>; forget(arn: string): void }
}

/** How long a change may take. Milliseconds. */
export const CHANGE_MS = 8_000

/** What is asked of a provider as the owner of the account. */
export interface Asking {
  ask(asked: Asked): Promise<Answered>
  /** As `ask`, of another page than the step's own. */
  askPage(name: string, step: Step, url: URL, until?: number): Promise<Answered>
  /** The description of the key that a step copies from; undefined: it copies nothing. */
  described(step: CopyingStep, keyId: string, more: Pick<Call, 'again' | 'until'>): Promise<Told | undefined>
  /**
   * Changes a key, with all that it takes by `until` (in ms since the epoch): it was found to be right at this very moment, and what comes late could meet a key that
   * somebody has gone back to. Asked once.
   */
  change(name: string, step: CopyingStep, keyId: string, more: Changing): Promise<void>
}

export type Changing = Required<Pick<Call, 'until'>> & Pick<Call, 'answers'>

export interface Asked extends Pick<Call, 'again' | 'answers' | 'until'> {
  /** What the definition calls the step. */
  readonly name: string
  readonly step: CopyingStep
  readonly values: Values
  readonly copiedFrom?: Told | undefined
}

/** Every method throws as `call` does, `ADMIN_SECRET_INVALID`, and `TARGET_NOT_ALLOWED` before anything is sent. */
export function httpAsking(options: HttpPlaceOptions): Asking {
  const { provider, adminSecretArn, admins } = options
  const deployed = withValues(provider.with)
  const headers = async (anew: boolean) => {
    if (anew) admins.forget(adminSecretArn)
    return adminHeaders(provider.admin, await admins.read(adminSecretArn), deployed, adminSecretArn)
  }

  const asking: Asking = {
    ask: async ({ name, step, values, copiedFrom, ...more }) =>
      call(options, {
        step: name,
        method: step.method,
        url: addressOf(provider, step, values),
        body: bodyOf(provider, step, values, copiedFrom),
        headers,
        as: 'admin',
        ...more,
      }),

    askPage: async (name, step, url, until) =>
      call(options, {
        step: name,
        method: step.method,
        url,
        body: bodyOf(provider, step, new Map(), undefined),
        headers,
        as: 'admin',
        again: 'read',
        until,
      }),

    async described({ copy, copyIfAny }, keyId, more) {
      if (provider.describe === undefined || (copy ?? copyIfAny) === undefined) return undefined
      const asked = { name: 'describe', step: provider.describe, values: idValue(keyId), ...more }
      return (await asking.ask(asked)).told
    },

    async change(name, step, keyId, more) {
      const copiedFrom = await asking.described(step, keyId, { again: 'once', until: more.until })
      await asking.ask({ name, step, values: idValue(keyId), copiedFrom, again: 'once', ...more })
    },
  }
  return asking
}

/** What `{{keyId}}` stands for. */
export function idValue(keyId: string): Values {
  return new Map([['keyId', keyId]])
}

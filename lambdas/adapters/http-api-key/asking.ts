import type { Told } from './answers.ts'
import { adminHeaders } from './authentication.ts'
import { type Answered, type Call, type Calling, call } from './calls.ts'
import type { Step } from './provider.ts'
import { addressOf, bodyOf } from './requests.ts'
import { type Values, withValues } from './template.ts'

export interface HttpPlaceOptions extends Calling {
  /** ARN of the secret whose key is rotated. */
  readonly secretArn: string
  readonly adminSecretArn: string
  /** The admin secret, which may be kept for a while: `forget` and `read` is fresh. */
  readonly admins: { read(arn: string): Promise<string>; forget(arn: string): void }
}

/** What is asked of a provider as the owner of the account. */
export interface Asking {
  ask(asked: Asked): Promise<Answered>
  /** As `ask`, of another page than the step's own. */
  askPage(name: string, step: Step, url: URL): Promise<Answered>
  /** The description of the key that a step copies from; undefined: it copies nothing. */
  described(step: Step, keyId: string, again: Call['again']): Promise<Told | undefined>
  /** Changes a key. Asked once: it was found to be right at this very moment. */
  change(name: string, step: Step, keyId: string, answers?: readonly number[]): Promise<void>
}

export interface Asked extends Pick<Call, 'again' | 'answers'> {
  /** What the definition calls the step. */
  readonly name: string
  readonly step: Step
  readonly values: Values
  readonly copiedFrom?: Told | undefined
}

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

    askPage: async (name, step, url) =>
      call(options, {
        step: name,
        method: step.method,
        url,
        body: bodyOf(provider, step, new Map(), undefined),
        headers,
        as: 'admin',
        again: 'read',
      }),

    async described({ copy, copyIfAny }, keyId, again) {
      if (provider.describe === undefined || (copy ?? copyIfAny) === undefined) return undefined
      const asked = { name: 'describe', step: provider.describe, values: idValue(keyId), again }
      return (await asking.ask(asked)).told
    },

    async change(name, step, keyId, answers = []) {
      const copiedFrom = await asking.described(step, keyId, 'once')
      await asking.ask({ name, step, values: idValue(keyId), copiedFrom, again: 'once', answers })
    },
  }
  return asking
}

export function idValue(keyId: string): Values {
  return new Map([['keyId', keyId]])
}

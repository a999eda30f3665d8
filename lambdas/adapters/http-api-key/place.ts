import { OverlapError } from '../../rotation/errors.ts'
import type { KeyPlace, LastUse, Whoami } from '../keys/place.ts'
import { comparable, instantAt, invalid, keyAt, keyIdAt, meets, shown, type Told, textAt } from './answers.ts'
import { adminHeaders, headersOf } from './authentication.ts'
import { type Answered, type Call, type Calling, call } from './calls.ts'
import { goTogether, type HttpApiKey } from './credential.ts'
import { keyName, markOf } from './key-name.ts'
import { listedKeys, placedKey } from './listing.ts'
import { pointed } from './pointers.ts'
import type { HttpProvider, LastUsedStep, Step } from './provider.ts'
import { addressOf, bodyOf } from './requests.ts'
import { type Values, withValues } from './template.ts'

export interface HttpPlaceOptions extends Calling {
  /** ARN of the secret whose key is rotated. */
  readonly secretArn: string
  readonly adminSecretArn: string
  /** The admin secret, which may be kept for a while: `forget` and `read` is fresh. */
  readonly admins: { read(arn: string): Promise<string>; forget(arn: string): void }
}

/** The keys of one account of a provider that is described as data. What each method promises is in KeyPlace. */
export function httpKeyPlace(options: HttpPlaceOptions): KeyPlace<HttpApiKey> {
  const { provider, secretArn, adminSecretArn, admins } = options
  const mark = markOf(secretArn)
  const deployed = withValues(provider.with)

  const asAdmin = async (anew: boolean) => {
    if (anew) admins.forget(adminSecretArn)
    return adminHeaders(provider.admin, await admins.read(adminSecretArn), deployed, adminSecretArn)
  }
  const ask = async (
    name: string,
    step: Step,
    values: Values,
    more: Pick<Call, 'again'> & Pick<Call, 'answers'>,
    copiedFrom?: Told,
  ): Promise<Answered> =>
    call(options, {
      step: name,
      method: step.method,
      url: addressOf(provider, step, values),
      body: bodyOf(provider, step, values, copiedFrom),
      headers: asAdmin,
      as: 'admin',
      ...more,
    })
  /** What a step copies is that of this key. */
  const described = async ({ copy, copyIfAny }: Step, values: Values, again: Call['again']) =>
    provider.describe && (copy ?? copyIfAny)
      ? (await ask('describe', provider.describe, values, { again })).told
      : undefined
  /** Asked once: it was found to be right at this very moment. */
  const change = async (name: string, step: Step, keyId: string, answers: readonly number[] = []) => {
    const values = idValue(keyId)
    await ask(name, step, values, { again: 'once', answers }, await described(step, values, 'once'))
  }

  return {
    mostKeys: provider.keys,
    disables: provider.disable !== undefined,
    endpoint: hostAndPort(new URL(provider.origin)),

    async keys() {
      const listed = await listedKeys(provider, (url) =>
        call(options, {
          step: 'list',
          method: provider.list.method,
          url,
          body: bodyOf(provider, provider.list, new Map(), undefined),
          headers: asAdmin,
          as: 'admin',
          again: 'read',
        }),
      )
      return listed.map((key) => placedKey(key, mark))
    },

    async mint(of, versionId) {
      const { create } = provider
      const current = idValue(of.keyId)
      const copied = await described(create, current, 'read')
      const values = new Map([...current, ['name', keyName({ mark, versionId, at: options.now() })]])
      const { status, told } = await ask(
        'create',
        create,
        values,
        { again: 'unless-refused', answers: create.full ?? [] },
        copied,
      )
      if (create.full?.includes(status))
        throw new OverlapError(
          'LABELS_MOVED',
          `create: ${told.host} has no room for another key (${status}): somebody was faster`,
        )
      const made = { ...of, keyId: keyIdAt(told, create.expect.id), key: keyAt(told, create.expect.key) }
      if (!goTogether(made, provider.key.begins))
        throw invalid(told, 'holds a key that does not begin as key.begins says')
      return made
    },

    /** A key's name says whose it is, and there is no room for more. */
    record: async () => {},
    forget: async () => {},

    activate: async (_of, keyId) => {
      if (provider.enable) await change('enable', provider.enable, keyId)
    },
    deactivate: async (_of, keyId) => {
      if (provider.disable) await change('disable', provider.disable, keyId)
    },
    remove: (_of, keyId) => change('remove', provider.remove, keyId, [404, 410]),

    async lastUse(_of, keyId): Promise<LastUse> {
      const { lastUsed, times } = provider
      if (lastUsed === undefined) return { known: 'nothing' }
      const { told } = await ask('lastUsed', lastUsed, idValue(keyId), { again: 'read' })
      return lastUseIn(told, lastUsed.expect, times)
    },

    async whoami(key): Promise<Whoami> {
      const { whoami } = provider
      const values = new Map([...deployed, ...idValue(key.keyId), ['key', key.key]])
      const refused = whoami.refused ?? [401]
      const { status, told } = await call(options, {
        step: 'whoami',
        method: whoami.method,
        url: addressOf(provider, whoami, values),
        body: bodyOf(provider, whoami, values, undefined),
        headers: async () => headersOf(provider.key, values),
        as: 'key',
        again: 'read',
        answers: refused,
      })
      if (refused.includes(status)) return { answer: 'unknown' }
      const { as, keyId, rights, active } = whoami.expect ?? {}
      if (active !== undefined && !meets(told.document, active)) return { answer: 'unknown' }
      if (keyId !== undefined && textAt(told, keyId) !== key.keyId) return { answer: 'wrong' }
      return {
        answer: 'accepted',
        as: as === undefined ? hostAndPort(new URL(provider.origin)) : textAt(told, as),
        ...(rights === undefined ? {} : { rights: rightsIn(told, rights) }),
      }
    },
  }
}

function idValue(keyId: string): Values {
  return new Map([['keyId', keyId]])
}

/** Where there is nothing at all nobody knows; null says that there was none. */
function lastUseIn(
  told: Told,
  { at, by, from }: LastUsedStep['expect'],
  times: HttpProvider['times'],
): LastUse {
  const moment = instantAt(told, at, times)
  if (moment === undefined) return { known: pointed(told.document, at) === null ? 'never' : 'nothing' }
  const words = (pointer: string | undefined) => {
    const value = pointer === undefined ? undefined : pointed(told.document, pointer)
    // It is shown to people, and kept in the journal.
    return typeof value === 'string' ? value.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100) : ''
  }
  return { known: 'used', at: moment, by: words(by), from: words(from) }
}

function rightsIn(told: Told, pointer: string): string {
  const rights = pointed(told.document, pointer)
  if (rights === undefined) throw invalid(told, `holds nothing at ${shown(pointer)}`)
  return comparable(rights)
}

function hostAndPort({ hostname, port }: URL): string {
  return `${hostname}:${port || '443'}`
}

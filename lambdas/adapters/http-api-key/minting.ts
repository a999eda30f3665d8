import { OverlapError } from '../../rotation/errors.ts'
import type { KeyPlace } from '../keys/place.ts'
import { invalid, keyAt, keyIdAt } from './answers.ts'
import { type HttpPlaceOptions, httpAsking, idValue } from './asking.ts'
import { goTogether, type HttpApiKey, isTold } from './credential.ts'
import { keyName, nameMark } from './key-name.ts'

/** Makes keys, each with a name that says whose it is: so one whose answer got lost is found by it. */
export function httpMinting(options: HttpPlaceOptions) {
  const { create, key } = options.provider
  const { ask, described } = httpAsking(options)
  const mark = nameMark(options.secretArn)

  return {
    async mint(of, versionId) {
      const copiedFrom = await described(create, of.keyId, { again: 'read' })
      const name = keyName({ mark, versionId, at: options.now() })
      const values = new Map([...idValue(of.keyId), ['name', name]])
      const full = create.full ?? []
      const asked = { name: 'create', step: create, values, copiedFrom, answers: full } as const
      const { status, told } = await ask({ ...asked, again: 'unless-refused' })
      if (full.includes(status))
        throw new OverlapError(
          'LABELS_MOVED',
          `create: ${told.host} has no room for another key (${status}): somebody was faster`,
        )
      const made = { ...of, keyId: keyIdAt(told, create.expect.id), key: keyAt(told, create.expect.key) }
      if (isTold(made)) throw invalid(told, 'gives the key itself as its id, and ids end up in logs')
      if (!goTogether(made, key.begins))
        throw invalid(told, 'holds a key that does not begin as key.begins says')
      return made
    },
  } satisfies Partial<KeyPlace<HttpApiKey>>
}

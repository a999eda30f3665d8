import { OverlapError } from '../../rotation/errors.ts'
import type { Catalog, Role } from './catalog.ts'
import { MAX_IDENTIFIER_BYTES } from './credential.ts'
import { shownIdentifier } from './quoting.ts'

/** What the secret's tags say about the partner. */
export interface PartnerWish {
  /** Tag overlap:partner. */
  readonly name: string | undefined
  /** Tag overlap:adopt-partner. */
  readonly adopt: string | undefined
}

export function partnerWish(tags: ReadonlyMap<string, string>): PartnerWish {
  const name = tags.get('overlap:partner')
  const adopt = tags.get('overlap:adopt-partner')
  for (const [tag, value] of [
    ['overlap:partner', name],
    ['overlap:adopt-partner', adopt],
  ] as const)
    if (value !== undefined && (value === '' || Buffer.byteLength(value) > MAX_IDENTIFIER_BYTES))
      throw new OverlapError(
        'POLICY_INVALID',
        `tag ${tag} must be the name of a role, 1 to ${MAX_IDENTIFIER_BYTES} bytes`,
      )
  if (name !== undefined && adopt !== undefined && name !== adopt)
    throw new OverlapError(
      'POLICY_INVALID',
      'tags overlap:partner and overlap:adopt-partner name two different roles; keep one of them',
    )
  return { name: name ?? adopt, adopt }
}

/** Throws `PARTNER_TAKEN` for any role but one that a person has put out of use, that has nothing of its own, and that was named in a tag for this purpose. */
export function refuseUnlessAdoptable(
  catalog: Catalog,
  taken: Role,
  owner: Role,
  stampedForAnother: boolean,
  wish: PartnerWish,
): void {
  const name = shownIdentifier(taken.name)
  const refuse = (because: string, todo: string): never => {
    throw new OverlapError('PARTNER_TAKEN', `the role ${taken.name} ${because}. ${todo}`, {
      detail: { role: taken.name },
    })
  }
  const elsewhere = 'Name another partner with the tag overlap:partner'
  if (stampedForAnother) refuse('is the partner of another user', elsewhere)
  if (taken.oid === owner.oid) refuse('is the current user itself', elsewhere)
  if (wish.adopt !== taken.name)
    refuse(
      'exists and was not made by Overlap',
      `${elsewhere}, or, if it is a clone that nobody uses any more, tag the secret overlap:adopt-partner=${taken.name}`,
    )
  if (taken.superuser) refuse('is a superuser', elsewhere)
  if (taken.login)
    refuse(
      'can log in, so somebody may be using it',
      `When nobody does, run ALTER ROLE ${name} NOLOGIN; it is the record that it is out of use`,
    )
  const mention = catalog.mentions.find((candidate) => candidate.role === taken.name)
  if (!mention) return
  const what = mention.object ?? `something in database ${mention.database}`
  if (mention.kind === 'o')
    refuse(
      `owns ${what}`,
      mention.statementName === null
        ? `Give what it owns to ${owner.name} first`
        : `Run ALTER ${mention.statementName} OWNER TO ${shownIdentifier(owner.name)}`,
    )
  refuse(
    `is named by ${what}`,
    `Revoke what was granted to ${name} itself; it will have the rights of ${owner.name}`,
  )
}

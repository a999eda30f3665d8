import type { Hold } from '../rotation/hold.ts'
import { inCommand } from '../rotation/secret-name.ts'
import {
  DEFAULT_DEPLOYMENT,
  enforceCommand,
  overlapCommand,
  quoted,
  rotateCommand,
  turnOnCommand,
} from '../rotation/way-out.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'
import { isEmpty } from './age.ts'
import { accessKeyConfigEntry, configEntry, isForTag, isKeyArn, OWNER_PLACEHOLDER } from './config-entry.ts'
import type { Age, Path } from './entry.ts'
import { namedFunction, nameOfFunction } from './ours.ts'
import { secretOfKey } from './recorded-key.ts'
import type { State } from './states.ts'

/** Where a secret stands that Overlap rotates, as far as its way on turns on it. */
export interface Standing {
  readonly states: readonly State[]
  /** undefined: it is not known. */
  readonly age: Age | undefined
  readonly hold: Hold | undefined
  readonly blocked: Blockage | undefined
  /** When the credential before this one is removed, which is disabled; in ms since the epoch. */
  readonly removed?: number
}

/** What keeps a secret from being rotated, and does not clear by itself. */
export interface Blockage {
  readonly reason: string
  /** In a sentence. */
  readonly because: string
  /** The command that helps; undefined: what helps is asked of a check. */
  readonly run: string | undefined
}

/** Of a secret that Overlap rotates. */
export function managedPath(secret: ListedSecret, standing: Standing): Path {
  const schedule = secret.tags.get('overlap:schedule')
  const when =
    schedule === undefined
      ? 'Overlap rotates it when somebody asks for it: it names no schedule (tag overlap:schedule)'
      : `Overlap rotates it by schedule ${schedule}`
  const { says, run } = wayOn(secret, standing)
  return {
    kind: namedFunction(secret.rotationFunction)?.kind ?? secret.tags.get('overlap:kind'),
    says: says === undefined ? when : `${when}. ${says}`,
    entry: undefined,
    run,
  }
}

function wayOn(
  secret: ListedSecret,
  { states, age, hold, blocked, removed }: Standing,
): { readonly says?: string; readonly run: string | undefined } {
  const is = (state: State) => states.includes(state)
  const command = (words: string) =>
    overlapCommand(
      `${words} ${inCommand(secret.name, secret.arn)}`,
      namedFunction(secret.rotationFunction)?.deployment ?? DEFAULT_DEPLOYMENT,
    )
  const retirement = { says: keptValid(states, hold), run: enforceCommand(secret.arn) }
  if (blocked !== undefined) {
    const run = blocked.run ?? command('check')
    const says = `Blocked: ${blocked.because}`
    // What is on hold is said to be so, and nothing else that keeps it.
    return { says: hold && run === retirement.run ? `${says}. ${retirement.says}` : says, run }
  }
  const isKept = is('DRAINING') && secret.tags.get('overlap:mode') !== 'enforce'
  // No rotation makes it any younger, so neither turning rotation on nor ending a hold does.
  if (isKept && age?.of === 'DRAINING' && (is('STALE') || is('DUE'))) return retirement
  if (is('DISABLED'))
    return {
      says: 'Its rotation is turned off: ask why, and turn it on when that is over',
      run: turnOnCommand(secret.arn, secret.rotationFunction),
    }
  if (hold !== undefined)
    return hold.by === 'hold'
      ? { says: 'It goes on when the hold ends, or is released', run: command('release') }
      : { says: 'It goes on when the freeze of the deployment ends', run: undefined }
  if (removed !== undefined)
    return {
      says: `The credential before this one is disabled, and is removed at ${new Date(removed).toISOString()} unless somebody needs it`,
      run: undefined,
    }
  if (is('DRAINING'))
    return isKept
      ? retirement
      : { says: 'The credential before this one is retired when its drain is over', run: undefined }
  if (is('ROTATING')) return { says: 'A rotation of it is under way', run: undefined }
  return { run: is('STALE') ? rotateCommand(secret.arn) : undefined }
}

/** What mode observe does to its age, and what else keeps it from being rotated. */
function keptValid(states: readonly State[], hold: Hold | undefined): string {
  const when = {
    none: '',
    hold: ' when the hold ends, or is released',
    freeze: ' when the freeze of the deployment ends',
  }[hold?.by ?? 'none']
  const off = states.includes('DISABLED')
    ? '. Its rotation is turned off, too: ask why, and turn it on when that is over'
    : ''
  return `The credential before this one stays valid in mode observe, and makes it as old as that one: the mode enforce has it retired${when}${off}`
}

/** Of a secret that an AWS service made. */
export function awsPath(secret: ListedSecret): Path {
  const service = secret.owningService
  const { rotationEnabled, rotationFunction } = secret
  const rotates =
    rotationFunction === undefined
      ? 'and rotates it by itself'
      : `and the function ${nameOfFunction(rotationFunction)} rotates it`
  return {
    kind: undefined,
    says: rotationEnabled
      ? `The AWS service ${service} made it ${rotates}`
      : `The AWS service ${service} made it, and rotation is turned off: its own settings say whether and when the service replaces it`,
    entry: undefined,
    run: undefined,
  }
}

export function replicaPath(secret: ListedSecret): Path {
  return {
    kind: undefined,
    says: `It follows its primary in ${secret.primaryRegion}, which is rotated there`,
    entry: undefined,
    run: undefined,
  }
}

/** Of a secret that nothing of Overlap's rotates. `owner` as its tags tell. */
export function adoptionPath(secret: ListedSecret, owner: string | undefined): Path {
  if (secret.rotationEnabled && secret.rotationFunction === undefined) return externalPath
  const kind = guessedKind(secret)
  const sentences = [
    kind === undefined
      ? "Its value is not read, so its kind is not known: if it is a PostgreSQL user's, paste the entry into secrets of its database in overlap.config.ts and deploy"
      : `Its name, tags or description speak of PostgreSQL: if it is a user's, paste the entry into secrets of its database in overlap.config.ts and deploy`,
    ...(isEmpty(secret) ? ['It has no value yet: store one that works first'] : []),
    ...rotatedToday(secret),
    ...keyToName(secret),
    ...ownerToName(owner),
  ]
  return { kind, says: sentences.join('. '), entry: configEntry(secret, owner), run: undefined }
}

/** It needs no function: https://docs.aws.amazon.com/secretsmanager/latest/userguide/managed-external-secrets.html */
const externalPath: Path = {
  kind: undefined,
  says: 'Secrets Manager rotates it by itself, together with the service that the credential opens (a managed external secret)',
  entry: undefined,
  run: undefined,
}

function rotatedToday({ rotationEnabled, rotationFunction }: ListedSecret): readonly string[] {
  if (rotationFunction === undefined) return []
  const name = nameOfFunction(rotationFunction)
  return [
    rotationEnabled
      ? `The function ${name} rotates it today; a deployment puts its own in the place of that`
      : `It has the rotation function ${name}, turned off; a deployment puts its own in the place of that`,
  ]
}

function keyToName({ keyId }: ListedSecret): readonly string[] {
  if (keyId === undefined || keyId.endsWith('alias/aws/secretsmanager') || isKeyArn(keyId)) return []
  return [`It is encrypted with ${keyId}: add keyArn with the ARN of that key`]
}

function ownerToName(owner: string | undefined): readonly string[] {
  if (owner === undefined)
    return [
      `No tag says whose it is: write its owner in the place of ${OWNER_PLACEHOLDER}, which a synth refuses`,
    ]
  if (isForTag(owner)) return []
  return [
    `A tag cannot hold its owner's name: write another one in the place of ${OWNER_PLACEHOLDER}, which a synth refuses`,
  ]
}

function guessedKind({ name, description, tags, rotationFunction }: ListedSecret): string | undefined {
  const texts = [name, description, rotationFunction && nameOfFunction(rotationFunction), ...[...tags].flat()]
  return texts.some((text) => /postgres|pgsql/i.test(text ?? '')) ? 'postgres' : undefined
}

/** Of an access key. `owner` as the tags of its user tell; `secret`: name of the one in rotation that holds a key of the same user. */
export function accessKeyPath(key: AccessKey, owner: string | undefined, secret?: string): Path {
  const { id, active, isOnly } = key
  const run = `aws iam get-access-key-last-used --access-key-id=${quoted(id)}`
  const kind = 'iam-access-key'
  if (secretOfKey(key) !== undefined)
    return {
      kind,
      says: 'By the tags of its user a secret holds it that Overlap rotates, and which is not listed here: it may be in another Region or account',
      entry: undefined,
      run: undefined,
    }
  // A second entry for the same user is one that a synth refuses.
  if (active && secret !== undefined)
    return isOnly
      ? {
          kind,
          says: `The secret ${secret}, which Overlap rotates, holds the key of this user, who has no other: its first rotation replaces this one`,
          entry: undefined,
          run: undefined,
        }
      : {
          kind,
          says:
            `The secret ${secret}, which Overlap rotates, holds a key of this user, and nothing says that it is this one. ` +
            'The user may have no other key: have whatever uses it read that secret, and delete it when nobody uses it any more',
          entry: undefined,
          run,
        }
  return active
    ? {
        kind,
        says:
          'Store it in a secret as {"accessKeyId", "secretAccessKey", "userName"}, let whatever uses it read that, paste the entry with the secret’s name and ARN into secrets ' +
          'of a group of accessKeys in overlap.config.ts, and deploy. Its user must have no other key by then',
        entry: accessKeyConfigEntry(key, owner),
        run,
      }
    : {
        kind: undefined,
        says: 'It is inactive, and can be made active again until somebody deletes it: delete it when nobody misses it',
        entry: undefined,
        run,
      }
}

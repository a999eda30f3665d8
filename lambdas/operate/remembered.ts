import type { Sighting } from '../adapters/adapter.ts'
import type { EvidenceRecord, Sample, Subject } from '../evidence/record.ts'
import { isUsedSince, usedAt } from '../evidence/used-at.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { pendingIn } from '../rotation/waiting-rotation.ts'
import type { Drain } from '../sweep/state.ts'
import type { Operating } from './operating.ts'
import type { RetirementStanding, Standing } from './standing.ts'

/** Of so many versions the end is told. Each is a search of the journal. */
const MOST_VERSIONS = 3

/** What the journal has of the drain and of versions that ended before it. What cannot be read is said, and the rest is told all the same. */
export async function remembered(
  { journal, secrets }: Pick<Operating, 'journal' | 'secrets'>,
  secret: SecretDescription,
  drain: Drain | undefined,
): Promise<Pick<Standing, 'lastSighting' | 'background' | 'retirements' | 'unknown'>> {
  try {
    const created = await secrets.createdDates(secret.arn)
    const kept = [versionWith(secret, 'AWSCURRENT'), pendingIn(secret)]
    const versions = [...created]
      .filter(([version]) => !kept.includes(version))
      .sort(([, one], [, other]) => other.getTime() - one.getTime())
      .slice(0, MOST_VERSIONS)
    const read = versions.map(([version, at]) => journal.read(secret.arn, version, at.getTime()))
    const records = (await Promise.all(read)).flat()
    const looks = drain === undefined ? [] : looksIn(records, drain)
    const lastSighting = drain === undefined ? undefined : lastSightingIn(looks, drain)
    const background = backgroundIn(looks)
    return {
      ...(lastSighting === undefined ? {} : { lastSighting }),
      ...(background === undefined ? {} : { background }),
      retirements: retirementsIn(records),
      unknown: [],
    }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return { unknown: [`what was seen and retired before is not known: ${error.message}`] }
  }
}

/** Oldest first. */
function looksIn(
  records: readonly EvidenceRecord[],
  { version, since }: Drain,
): readonly (Subject & Sample)[] {
  return records
    .flatMap((record) =>
      record.event === 'sample' && record.version === version && Date.parse(record.at) >= since
        ? [record]
        : [],
    )
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

/** A use that was told late was when it is told to have been, and none of this drain where that was before it. */
function lastSightingIn(
  looks: readonly (Subject & Sample)[],
  { since }: Pick<Drain, 'since'>,
): Standing['lastSighting'] {
  return looks
    .flatMap(({ sightings, at }) =>
      sightings
        .filter((sighting) => isUsedSince(sighting, Date.parse(at), since))
        .map((sighting) => ({ ...sighting, seen: seenIn(sighting, at) })),
    )
    .at(-1)
}

function seenIn(sighting: Sighting, at: string): string {
  return sighting.lastUsed === undefined ? at : new Date(usedAt(sighting, Date.parse(at))).toISOString()
}

function backgroundIn(looks: readonly Sample[]): Standing['background'] {
  const { others = [], principal } = looks.findLast(({ unknown }) => unknown === undefined) ?? {}
  return others.length === 0 || principal === undefined ? undefined : { principal, workers: others }
}

/** Newest first. */
function retirementsIn(records: readonly EvidenceRecord[]): readonly RetirementStanding[] {
  return records
    .flatMap((record): readonly RetirementStanding[] => {
      switch (record.event) {
        case 'disabled':
        case 'removed':
        case 'enabled':
        case 'superseded':
          return [
            {
              version: record.version,
              at: record.at,
              event: record.event,
              ...('by' in record ? { by: record.by } : {}),
              ...(record.reason === undefined ? {} : { reason: record.reason }),
              ...('works' in record && record.works ? { works: record.works } : {}),
              ...('proof' in record && record.proof !== undefined
                ? { rung: record.proof.rung, samples: record.proof.samples }
                : {}),
            },
          ]
        default:
          return []
      }
    })
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
}

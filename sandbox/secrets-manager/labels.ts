import { holderOf, type Secret, type Version } from './secrets.ts'

/** A label that now sits on a version that did not have it before. */
export interface LabelMove {
  readonly label: string
  readonly versionId: string
}

/**
 * Attaches labels to a version. A label is on one version at a time, so each leaves the version that had it; AWSCURRENT drags
 * AWSPREVIOUS to the version it leaves. Other labels, AWSPENDING among them, stay where they are
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html,
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
 */
export function attachLabels(
  secret: Secret,
  version: Version,
  labels: Iterable<string>,
): readonly LabelMove[] {
  const moves: LabelMove[] = []
  for (const label of labels) {
    const holder = holderOf(secret, label)
    if (holder === version) continue
    holder?.labels.delete(label)
    version.labels.add(label)
    moves.push({ label, versionId: version.id })
    if (label === 'AWSCURRENT' && holder) moves.push(...attachLabels(secret, holder, ['AWSPREVIOUS']))
  }
  return moves
}

/** Attaches AWSPENDING to the token's version, made with no value unless it is there already. */
export function addPending(secret: Secret, token: string, now: number): void {
  const version = secret.versions.get(token) ?? {
    id: token,
    value: undefined,
    labels: new Set<string>(),
    createdAt: now,
    accessedAt: undefined,
  }
  secret.versions.set(token, version)
  attachLabels(secret, version, ['AWSPENDING'])
}

/** Labels as every answer lists them. */
export const shown = (labels: ReadonlySet<string>): readonly string[] => [...labels].sort()

const VERSIONS_KEPT = 100
const UNLABELLED_KEPT_MS = 24 * 3600 * 1000

/**
 * The unlabelled versions that go: the oldest, as long as more than 100 versions are there, and none younger than 24 hours
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version).
 */
export function expiredVersions(secret: Secret, now: number): readonly string[] {
  const excess = secret.versions.size - VERSIONS_KEPT
  if (excess <= 0) return []
  return [...secret.versions.values()]
    .filter((version) => version.labels.size === 0 && now - version.createdAt > UNLABELLED_KEPT_MS)
    .sort((one, other) => one.createdAt - other.createdAt)
    .slice(0, excess)
    .map((version) => version.id)
}

import type { ServerLogin } from './journal.ts'
import { iso, isSample, type Look } from './looks.ts'
import type { EvidenceRecord } from './record.ts'

/** A look is noted when it has ended, at most so long after its own logins; and clocks differ. Milliseconds. */
const LONGEST_LOOK_MS = 5 * 60_000
const CLOCKS_MS = 60_000

/** How long before the first look its own logins may be, in milliseconds. */
export function witnessMargin(sampleEveryMs: number): number {
  return Math.min(LONGEST_LOOK_MS, sampleEveryMs)
}

/** As whom looks logged in. */
export function witnessesOf(records: readonly EvidenceRecord[]): ReadonlySet<string> {
  return new Set(records.filter(isSample).flatMap(({ witness }) => witness ?? []))
}

/** A server's log is published some time after it was written. Milliseconds. */
const LATE_MS = 5 * 60_000

/**
 * What keeps a log of logins from being one without a gap, in words; undefined when nothing does: each look logged in itself, and the log has that
 * login for every server that was looked at. A target that was asleep had nobody log in, and what a look of the last minutes left may be on its way; but
 * of some look all is there, since a log that was never seen to hold anything may be off.
 *
 * @param until when the log was read, in ms since the epoch
 */
export function gapInLog(
  looks: readonly Look[],
  logins: readonly ServerLogin[],
  { until, sampleEveryMs }: { readonly until: number; readonly sampleEveryMs: number },
): string | undefined {
  let last = 'no look logged in itself, so nothing shows that the log of logins is written'
  let isWritten = false
  for (const look of looks) {
    if (look.asleep === true) continue
    if (look.witness === undefined)
      return `the look of ${iso(look.at)} logged in as nobody, so nothing shows that the log of logins has no gap`
    const lacking = lackingOf(look, logins, sampleEveryMs)
    if (lacking === undefined) isWritten = true
    else if (look.at > until - LATE_MS) last = lacking
    else return lacking
  }
  return isWritten ? undefined : last
}

function lackingOf(look: Look, logins: readonly ServerLogin[], sampleEveryMs: number): string | undefined {
  const wanted = serversOf(look.endpoints ?? []).length
  const found = new Set(
    logins.filter((login) => isWitness(login, look, sampleEveryMs)).map(({ server }) => server),
  ).size
  if (found === 0)
    return `log_connections is off or the log is late: the look of ${iso(look.at)} is not in it`
  return found < wanted
    ? `the look of ${iso(look.at)} is in the logs of ${found} of the ${wanted} servers that it asked`
    : undefined
}

function isWitness({ principal, outcome, at }: ServerLogin, look: Look, sampleEveryMs: number): boolean {
  return (
    principal === look.witness &&
    outcome === 'authorized' &&
    at >= look.at - witnessMargin(sampleEveryMs) &&
    at <= look.at + Math.min(CLOCKS_MS, sampleEveryMs)
  )
}

/**
 * Endpoints that are a server each. A cluster's own endpoint leads to one of its instances, which are asked as well:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
 */
function serversOf(endpoints: readonly string[]): readonly string[] {
  const distinct = [...new Set(endpoints)]
  const instances = distinct.filter((endpoint) => !/^[^.]+\.cluster-/.test(endpoint))
  return instances.length > 0 ? instances : distinct
}

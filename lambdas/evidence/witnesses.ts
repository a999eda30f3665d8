import type { ServerLogin } from './journal.ts'
import { gapsBetween, iso, isSample, type Look, type Stretch } from './looks.ts'
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

export interface GapInLog {
  readonly words: string
  /** Only what the last minutes left is not in it, and that may be on its way: asked again a few minutes later, it may be. */
  readonly late: boolean
}

/**
 * What keeps a log of logins from being one without a gap; undefined when nothing does: each look logged in itself, by a name of its own, and the log has that
 * login for every server that was looked at. So nobody else's logins vouch for it, and no other server's log is taken for it. A target that was asleep had nobody
 * log in, and a log is as good before such a look and after it as its neighbours say. What comes behind the last login that was found is not known: ten
 * minutes at most where a look of the last minutes is not in it.
 *
 * @param until when the log was read, in ms since the epoch
 */
export function gapInLog(
  looks: readonly Look[],
  logins: readonly ServerLogin[],
  stretch: Stretch & { readonly sampleEveryMs: number },
): GapInLog | undefined {
  const { until, sampleEveryMs } = stretch
  const found: number[] = []
  let asleep: number[] = []
  let late: string | undefined
  for (const look of looks) {
    if (look.asleep === true) {
      asleep.push(look.at)
      continue
    }
    if (look.witness === undefined || look.mark === undefined)
      return gap(
        `the look of ${iso(look.at)} logged in as nobody, so nothing shows that the log of logins has no gap`,
      )
    const lacking = lackingOf(look, logins, sampleEveryMs)
    if (lacking === undefined) {
      // What was asleep between two looks that the log has is known from both sides.
      if (found.length > 0) found.push(...asleep)
      asleep = []
      found.push(look.at)
    } else if (look.at > until - LATE_MS) late = lacking
    else return gap(lacking)
  }
  const last = found.at(-1)
  if (last === undefined)
    return gap(late ?? 'no look logged in itself, so nothing shows that the log of logins is written')
  if (until - last > sampleEveryMs + LATE_MS)
    return gap(`nothing shows that the log of logins was written after ${iso(last)}`)
  const [unseen] = gapsBetween(found, stretch, sampleEveryMs)
  if (unseen !== undefined)
    return gap(`nothing shows that the log of logins was written between ${unseen.from} and ${unseen.until}`)
  return late === undefined || until - last <= 2 * LATE_MS ? undefined : { words: late, late: true }
}

function gap(words: string): GapInLog {
  return { words, late: false }
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

function isWitness(
  { principal, application, outcome, at }: ServerLogin,
  look: Look,
  sampleEveryMs: number,
): boolean {
  return (
    principal === look.witness &&
    application === look.mark &&
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

import type { Entry } from '../../lambdas/inventory/entry.ts'
import {
  accessKeyEntries,
  type Judging,
  type Sources,
  secretEntries,
} from '../../lambdas/inventory/gather.ts'
import { reportPage } from '../../lambdas/inventory/report-page.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { exitStatus } from '../exit-status.ts'
import { plainText } from '../plain-text.ts'
import { type Clients, clientsFor } from './clients.ts'
import { type Failure, failureOf } from './failure.ts'
import { checkPlace, NoSuchPlace, writeWhole } from './html-file.ts'
import { NotPrinted, type Output, outputTo } from './output.ts'
import { patience } from './patience.ts'
import { type Progress, progressOn, type Screen } from './progress.ts'
import { accountOf, counted, type Reach, reachSoFar } from './reach.ts'
import { findSettings, type Settings } from './settings.ts'
import { type Sink, sinkFor } from './sink.ts'
import { sourcesOf } from './sources.ts'
import { summaryOf } from './summary.ts'
import { count, emptyTally, statusOf, type Tally } from './tally.ts'
import { isInState, isOfOwner, type Wanted } from './wanted.ts'

/** Where an inventory is printed, and when. */
export interface Printing {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly err: Screen
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An inventory that is being taken. */
interface Taking {
  readonly wanted: Wanted
  readonly output: Output
  readonly progress: Progress
  readonly sink: Sink
  readonly tally: Tally
  readonly reach: Reach
  /** For the page; undefined when there is to be none, so that nothing is kept. */
  readonly kept: Entry[] | undefined
  /** What is missing, and why. */
  readonly notes: string[]
  complete: boolean
  /** Credentials of an age that nobody knows, also in a state that was not asked for: they may be in any. */
  unknownAges: number
}

/** Prints the inventory of an account and Region, and writes its page where one is wanted; answers the exit status. */
export async function printInventory(wanted: Wanted, { out, err, now }: Printing): Promise<number> {
  const reach = { listed: 0, askedFurther: 0 }
  let throttledAt = Number.NEGATIVE_INFINITY
  const clients = clientsFor(
    wanted.deployment,
    patience(() => {
      throttledAt = Date.now()
    }),
  )
  const progress = progressOn(err, () => {
    const slower = Date.now() - throttledAt < 20_000 ? '; AWS asks to go slower, so it takes longer' : ''
    return `inventory: ${reachSoFar(reach)}${slower}`
  })
  const taking: Taking = {
    wanted,
    output: outputTo(out),
    progress,
    sink: sinkFor(wanted.format, { width: out.isTTY ? (out.columns ?? 80) : undefined, now }),
    tally: emptyTally(),
    reach,
    kept: wanted.html === undefined ? undefined : [],
    notes: [],
    complete: true,
    unknownAges: 0,
  }
  try {
    return await take(taking, clients, now)
  } catch (error) {
    if (error instanceof NotPrinted && error.closed) return statusOf(taking.tally, false)
    if (!(error instanceof NotPrinted || error instanceof NoSuchPlace)) throw error
    progress.say(plainText(error.message))
    return exitStatus.NOT_WELL
  } finally {
    progress.end()
    clients.destroy()
  }
}

async function take(taking: Taking, clients: Clients, now: number): Promise<number> {
  const { wanted, sink, tally } = taking
  if (wanted.html !== undefined) await checkPlace(wanted.html)
  const region = await regionOf(taking, clients)
  if (region === undefined) return exitStatus.NOT_WELL
  const { settings, note: unset, failure } = await findSettings(clients.lambda, wanted)
  if (failure?.all) return miss(taking, failure)
  if (unset !== undefined) note(taking, unset)

  for (const part of partsOf(taking, clients, { ...settings, region, now })) {
    const failed = await see(taking, part)
    if (failed?.all && taking.reach.listed === 0) return exitStatus.NOT_WELL
    if (failed?.all) break
  }
  noteUnknownAges(taking)
  const missing = taking.complete ? '' : '; it is not complete'
  for (const text of sink.end(`${summaryOf(tally)}${missing}`)) await print(taking, text)
  await writePage(taking, { region, at: now, thresholds: settings.thresholds })
  return statusOf(tally, taking.complete)
}

async function regionOf(taking: Taking, clients: Clients): Promise<string | undefined> {
  try {
    return await clients.region()
  } catch (error) {
    missed(taking, error, 'ListSecrets')
    return undefined
  }
}

/** A part of the account, and what is called for it first. */
interface Part {
  readonly entries: AsyncIterable<Entry>
  readonly operation: string
}

function partsOf(
  taking: Taking,
  clients: Clients,
  place: Settings & { readonly region: string; readonly now: number },
): readonly Part[] {
  const { exact, ownerTag, accessKeys } = taking.wanted
  const judging: Judging = { ...place, exact, ownerTags: ownerTag === undefined ? [] : [ownerTag] }
  const doubted = new Set<string>()
  const doubt = (error: unknown) => {
    const { operation = '' } = error instanceof OverlapError ? error.detail : {}
    const failure = failureOf(error, {
      operation: 'ListSecretVersionIds',
      profile: taking.wanted.deployment.profile,
    })
    if (failure === undefined) throw error
    // What keeps one from being known keeps many.
    const reason = `${failure.code} ${operation}`
    if (!doubted.has(reason)) miss(taking, failure)
    doubted.add(reason)
  }
  const sources: Sources = counted(sourcesOf(clients, doubt), taking.reach, doubt)
  return [
    { entries: secretEntries(sources, judging), operation: 'ListSecrets' },
    ...(accessKeys ? [{ entries: accessKeyEntries(sources, judging), operation: 'ListUsers' }] : []),
  ]
}

/** Prints what is there to see; answers why there may be more. */
async function see(taking: Taking, { entries, operation }: Part): Promise<Failure | undefined> {
  const { wanted, tally, sink, kept } = taking
  try {
    for await (const entry of entries) {
      if (!isOfOwner(wanted, entry)) continue
      if (entry.states.includes('AGE_UNKNOWN')) taking.unknownAges += 1
      if (!isInState(wanted, entry)) continue
      count(tally, entry)
      kept?.push(entry)
      await print(taking, sink.add(entry))
    }
    return undefined
  } catch (error) {
    if (error instanceof NotPrinted) throw error
    return missed(taking, error, operation)
  }
}

async function print({ output, progress }: Taking, text: string): Promise<void> {
  if (text === '') return
  progress.clear()
  await output.write(text)
}

/** Throws what is a defect of ours. */
function missed(taking: Taking, error: unknown, operation: string): Failure {
  const failure = failureOf(error, { operation, profile: taking.wanted.deployment.profile })
  if (failure === undefined) throw error
  miss(taking, failure)
  return failure
}

function miss(taking: Taking, { code, message }: Failure): number {
  taking.complete = false
  note(taking, `${code}: ${message}`)
  return exitStatus.NOT_WELL
}

function note({ progress, notes }: Taking, text: string): void {
  notes.push(text)
  progress.say(plainText(text))
}

function noteUnknownAges(taking: Taking): void {
  const { unknownAges: unknown } = taking
  if (unknown === 0) return
  taking.complete = false
  note(
    taking,
    `AGE_UNKNOWN: the age of ${unknown} of these is not known; --state "age unknown" --json says why`,
  )
}

async function writePage(
  { wanted: { html }, kept = [], notes, progress }: Taking,
  about: { readonly region: string; readonly at: number; readonly thresholds: Settings['thresholds'] },
): Promise<void> {
  if (html === undefined) return
  await writeWhole(html, reportPage(kept, { ...about, account: accountOf(kept), notes }))
  progress.say(plainText(`wrote ${html}`))
}

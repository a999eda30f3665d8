import { reportPage } from '../../lambdas/inventory/report-page.ts'
import { exitStatus } from '../exit-status.ts'
import { plainText } from '../plain-text.ts'
import { awsClock } from './aws-clock.ts'
import { type Clients, clientsFor } from './clients.ts'
import { Deployments } from './deployments.ts'
import type { Failure } from './failure.ts'
import { checkPlace, NoSuchPlace, writeWhole } from './html-file.ts'
import { NotPrinted, outputTo } from './output.ts'
import { noSuchOwner } from './owners.ts'
import { type Part, partsOf } from './parts.ts'
import { patience } from './patience.ts'
import { placed } from './placed.ts'
import { progressOn, type Screen } from './progress.ts'
import { accountOf, reachSoFar } from './reach.ts'
import { type FoundSettings, findSettings, type Settings } from './settings.ts'
import { sinkFor } from './sink.ts'
import { summaryOf } from './summary.ts'
import { miss, missed, note, print, type Taking, take } from './taking.ts'
import { emptyTally, statusOf } from './tally.ts'
import { narrowing, type Wanted } from './wanted.ts'

/** Where an inventory is printed, and when. */
export interface Printing {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly err: Screen
  /** By this machine's clock, in ms since the epoch. */
  readonly now: number
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
  const clock = awsClock([clients.secrets, clients.iam, clients.lambda], now)
  const taking: Taking = {
    wanted,
    output: outputTo(out),
    progress,
    clock,
    sink: sinkFor(wanted.format, { width: out.isTTY ? (out.columns ?? 80) : undefined, now: clock.now }),
    tally: emptyTally(),
    reach,
    deployments: new Deployments(wanted.deployment.name),
    owners: new Set(),
    kept: wanted.html === undefined ? undefined : [],
    notes: [],
    complete: true,
    unread: false,
    unknownAges: 0,
  }
  try {
    return await takeAll(taking, clients)
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

async function takeAll(taking: Taking, clients: Clients): Promise<number> {
  const { wanted, sink, tally, reach } = taking
  if (wanted.html !== undefined) await checkPlace(wanted.html)
  const region = await regionOf(taking, clients)
  if (region === undefined) return exitStatus.NOT_WELL
  const found = await findSettings(clients.lambda, wanted.deployment)
  if (found.failure?.all) {
    miss(taking, `${found.failure.code}: ${found.failure.message}`)
    return exitStatus.NOT_WELL
  }

  for (const part of partsOf(taking, clients, { ...found.settings, region })) {
    const failed = await see(taking, part)
    if (failed?.all && reach.listed === 0) return exitStatus.NOT_WELL
    if (failed?.all) break
  }
  sayWhatElse(taking, found)
  const isOfSomebody = wanted.owner === undefined || taking.owners.has(wanted.owner)
  if (wanted.owner !== undefined && !isOfSomebody) note(taking, noSuchOwner(wanted.owner, taking.owners))
  const isEmpty = tally.secrets + tally.accessKeys === 0
  const where = isEmpty ? ` in ${plainText(region)}` : ''
  const summary = `${summaryOf(tally)}${where}${taking.complete ? '' : '; the inventory is not complete'}`
  // What a program reads says nothing then, and whoever started it may have meant another Region.
  if (isEmpty && wanted.format !== 'table') taking.progress.say(summary)
  for (const text of sink.end(summary)) await print(taking, text)
  await writePage(taking, { region, thresholds: found.settings.thresholds })
  return statusOf(tally, taking.complete && isOfSomebody)
}

async function regionOf(taking: Taking, clients: Clients): Promise<string | undefined> {
  try {
    return await clients.region()
  } catch (error) {
    missed(taking, error, 'ListSecrets')
    return undefined
  }
}

/** Prints what is there to see; answers why there may be more. */
async function see(taking: Taking, part: Part): Promise<Failure | undefined> {
  try {
    for await (const entry of await part.entries())
      await take(taking, placed(entry, taking.wanted.deployment))
    return undefined
  } catch (error) {
    if (error instanceof NotPrinted) throw error
    return missed(taking, error, part.operation)
  }
}

/** What is known only when everything was seen. */
function sayWhatElse(taking: Taking, { unknown }: FoundSettings): void {
  const { wanted, deployments, unknownAges, clock } = taking
  const { named, deployment } = wanted
  const { own } = deployments
  const ofThese = wanted.states.length === 0 ? 'of these' : 'that may be in a state that was asked for'
  if (unknown !== undefined && own > 0)
    miss(
      taking,
      `SETTINGS_UNKNOWN: ${unknown}, and ${deployment.name} rotates ${own} ${ofThese}: they were judged by the usual thresholds, and without its schedules`,
    )
  else if (unknown !== undefined && named)
    note(taking, `${unknown}. Thresholds are the usual ones, and next runs of schedules are not known`)
  for (const text of [deployments.others(), clock.difference()]) if (text !== undefined) note(taking, text)
  if (unknownAges > 0)
    miss(
      taking,
      `AGE_UNKNOWN: the age of ${unknownAges} ${ofThese} is not known; --state "age unknown" --json says why`,
    )
}

async function writePage(
  { wanted, kept = [], notes, progress, clock }: Taking,
  about: { readonly region: string; readonly thresholds: Settings['thresholds'] },
): Promise<void> {
  const { html } = wanted
  if (html === undefined) return
  const page = { ...about, at: clock.now(), account: accountOf(kept), narrowing: narrowing(wanted), notes }
  await writeWhole(html, reportPage(kept, page))
  progress.say(plainText(`wrote ${html}`))
}

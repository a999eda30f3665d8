import type { createColors } from 'picocolors'
import { shortTime } from './calendar.ts'
import {
  type BotchedFacts,
  type DemoFacts,
  failed,
  type RetirementFacts,
  type RotationFacts,
  type RunFacts,
} from './facts.ts'
import type { Moment } from './scenes/stage.ts'
import type { Verdict } from './verdict.ts'

/** How to colour; without colours every function of it gives back what it is given. */
export type Paint = ReturnType<typeof createColors>

const WIDTH = 120
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const count = new Intl.NumberFormat('en-US').format
const INDENT = ' '.repeat(17)

/**
 * The lines for something that has just happened.
 *
 * @param timezone IANA, that of the schedule
 */
export function linesOf(moment: Moment, paint: Paint, timezone: string): readonly string[] {
  switch (moment.is) {
    case 'run begins':
      return ['', `${paint.bold(moment.title)}  ${moment.explanation}`, paint.dim(columnsIn(timezone))]
    case 'rotation over':
      return rotationLines(moment.rotation, paint, timezone)
    case 'rotation refused':
      return refusalLines(moment.botched, paint)
    case 'message':
      return [...note(moment.about, paint.yellow), ...messageLines(moment.lines, paint)]
    case 'run over':
      return [runLine(moment.run, paint)]
  }
}

function columnsIn(timezone: string): string {
  return [
    timezone.padEnd(16),
    'UTC'.padEnd(5),
    '#'.padStart(2),
    'version'.padEnd(8),
    'user'.padEnd(13),
    'generate'.padStart(8),
    'make valid'.padStart(10),
    'roll out'.padStart(8),
    'drain'.padStart(7),
    'disabled'.padStart(8),
    'proof'.padEnd(9),
    'queries'.padStart(7),
    'failed'.padStart(6),
  ].join(' ')
}

function rotationLines(rotation: RotationFacts, paint: Paint, timezone: string): readonly string[] {
  const { number, at, version, from, to, phases, retirement, queries, scene } = rotation
  const line = [
    shortTime(at, timezone),
    paint.dim(shortTime(at, 'UTC').slice(-5)),
    String(number).padStart(2),
    paint.cyan(short(version)),
    user(from, to).padEnd(13),
    duration(phases.generate).padStart(8),
    duration(phases.makeValid).padStart(10),
    duration(phases.rollOut).padStart(8),
    duration(phases.drain).padStart(7),
    duration(phases.quarantine).padStart(8),
    proof(retirement).padEnd(9),
    count(queries).padStart(7),
    failures(rotation.failed, paint, 6),
  ].join(' ')
  return scene === undefined ? [line] : [line, ...note(scene, paint.dim)]
}

function refusalLines(botched: Omit<BotchedFacts, 'completed'>, paint: Paint): readonly string[] {
  const unchanged = botched.currentBefore === botched.currentMeanwhile
  return [
    ...note(`Somebody runs ${botched.cause}: its partner lacks that right.`, paint.yellow),
    ...note(
      `${botched.step} refuses, ${botched.attempts} times: ${botched.code}: ${botched.error}`,
      paint.yellow,
    ),
    // Subject and summary; below them the message says the same at length.
    ...messageLines(botched.message.slice(0, 2), paint),
    ...note(
      `AWSCURRENT ${unchanged ? 'is still' : 'moved on to'} ${short(botched.currentMeanwhile)}; ` +
        `${count(botched.queries)} queries meanwhile, ${botched.failed} failed. Mended by ${botched.remedy}:`,
      paint.yellow,
    ),
  ]
}

function messageLines(lines: readonly string[], paint: Paint): readonly string[] {
  if (lines.length === 0) return note('Nobody is told.', paint.yellow)
  return [
    ...note('An alarm rings, and those whose topic it is read:', paint.yellow),
    ...lines.flatMap((line) => note(line, paint.magenta)),
  ]
}

function runLine(run: RunFacts, paint: Paint): string {
  const bad = failed(run.traffic)
  const kinds = Object.entries(run.traffic.failures)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, times]) => `${kind} ${count(times)}`)
  const line =
    `${INDENT}${plural(run.rotations.length, 'rotation')}, ${plural(run.clients, 'client')}, ` +
    `${count(run.traffic.logins)} logins, ${count(run.traffic.queries)} queries, ${count(bad)} failed`
  return paint.bold(bad === 0 ? line : `${line} (${kinds.join(', ')})`)
}

/** The last lines: what was shown, or why nothing was. */
export function verdictLines(facts: DemoFacts, verdict: Verdict, paint: Paint): readonly string[] {
  const { real, controls, keys, keyControls } = facts
  const line = (what: string) => (run: RunFacts) =>
    `  ${run.title.padEnd(22)} ${plural(run.rotations.length, 'rotation').padStart(12)} ` +
    `${count(run.traffic.queries).padStart(8)} ${what.padEnd(7)} ${failures(failed(run.traffic), paint, 6)} failed`
  const said = [
    line('queries')(real),
    ...keys.runs.map(line('calls')),
    ...controls.map(line('queries')),
    ...keyControls.map(line('calls')),
  ]
  const took = paint.dim(
    `  PostgreSQL ${facts.postgresVersion}; everything above was measured, in ${duration(facts.tookMs)}.`,
  )
  const end = verdict.passed
    ? [
        paint.green(
          paint.bold('Nobody noticed a rotation. Every control shows that the counter would have noticed.'),
        ),
      ]
    : [
        paint.red(paint.bold('Not proved:')),
        ...verdict.objections.map((objection) => paint.red(`  ${objection}`)),
      ]
  return ['', ...said, took, '', ...end]
}

/** Indented and wrapped at words. */
function note(text: string, colour: (text: string) => string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && INDENT.length + line.length + word.length < WIDTH)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => INDENT + colour(line))
}

function failures(number: number, paint: Paint, width: number): string {
  const text = count(number).padStart(width)
  return number === 0 ? paint.green(text) : paint.red(text)
}

/** Its rung and what that rests on; words where it is none of the ladder's. */
function proof(retirement: RetirementFacts | undefined): string {
  if (retirement === undefined) return '-'
  const { rung, looks } = retirement
  return rung.length > 1 ? rung : `${rung} ${plural(looks, 'look')}`
}

function user(from: string, to: string): string {
  return from === to ? from : `${from} → ${to}`
}

function short(versionId: string): string {
  return versionId.slice(0, 8)
}

function duration(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return '-'
  if (ms >= HOUR_MS) return `${(ms / HOUR_MS).toFixed(1)} h`
  if (ms >= 2 * MINUTE_MS) return `${(ms / MINUTE_MS).toFixed(1)} min`
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

import { ageSeconds } from './age.ts'
import type { Age } from './entry.ts'

const DAY_SECONDS = 86_400

const units = [
  { name: 'day', short: 'd', seconds: DAY_SECONDS },
  { name: 'hour', short: 'h', seconds: 3_600 },
  { name: 'minute', short: 'min', seconds: 60 },
  { name: 'second', short: 's', seconds: 1 },
] as const

/** `412 days`, `at least 412 days` when it may be older, `at most 12 days` when it may be younger. `now` in ms since the epoch. */
export function ageWords(age: Age, now: number): string {
  const span = words(told(age, now))
  return age.precision === 'exact' ? span : `${age.precision} ${span}`
}

/** `412 d`, `>412 d`, `<12 d`; `?` when nobody knows. */
export function shortAge(age: Age | undefined, now: number): string {
  if (age === undefined) return '?'
  const { count, unit } = told(age, now)
  return `${{ exact: '', 'at least': '>', 'at most': '<' }[age.precision]}${count} ${unit.short}`
}

/** Whole days, never negative: never more than is proven, and never less where the most is told. */
export function ageDays(age: Age, now: number): number {
  return wholeFor(age)(ageSeconds(age, now) / DAY_SECONDS)
}

/** `90 days`, or `36 hours`: never more than there is. */
export function spanWords(seconds: number): string {
  return words(measured(seconds, Math.floor))
}

interface Span {
  readonly count: number
  readonly unit: (typeof units)[number]
}

function told(age: Age, now: number): Span {
  return measured(ageSeconds(age, now), wholeFor(age))
}

/** How what is told of an age is made a whole number, wherever it is told. */
function wholeFor({ precision }: Age): (number: number) => number {
  return precision === 'at most' ? Math.ceil : Math.floor
}

/** In the largest unit of which there are two, so that what is left out is less than what is told. */
function measured(seconds: number, whole: (number: number) => number): Span {
  const unit = units.find((one) => seconds >= 2 * one.seconds) ?? units[3]
  return { count: whole(seconds / unit.seconds), unit }
}

function words({ count, unit }: Span): string {
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}

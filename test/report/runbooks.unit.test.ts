import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { AgeLine } from '../../lambdas/inventory/age-line.ts'
import type { Overdue } from '../../lambdas/sweep/overdue.ts'
import type { Stuck } from '../../lambdas/sweep/stuck.ts'
import { parseFilterPattern } from '../../sandbox/cloudwatch/filter-pattern.ts'

/* What a page says must be there: whoever follows it at night has no time to find out that it is not. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = path.join(root, 'docs/runbooks')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const slugs = [
  'consumers-affected',
  'rotation-failed',
  'rotation-missed',
  'sweep-silent',
  'dead-letters',
  'throttled',
  'report-failed',
  'secrets-stale',
  'drain-stuck',
]
/** For what a person begins. */
const errands = ['rolling-back', 'credential-leaked']
const pages = readdirSync(folder).filter((file) => file.endsWith('.md'))
const textOf = (page: string) => readFileSync(path.join(folder, page), 'utf8')

/** A heading as GitHub makes an anchor of it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')

describe('the runbooks', () => {
  it('are one for each alarm, two for what a person begins, and an index of all', () => {
    const expected = [...slugs, ...errands, 'README'].map((slug) => `${slug}.md`)
    expect(pages.toSorted()).toEqual(expected.toSorted())
    for (const slug of [...slugs, ...errands]) expect(textOf('README.md')).toContain(`](${slug}.md)`)
  })

  it.each([...slugs, ...errands])('say the same things in the same order: %s', (slug) => {
    const text = textOf(`${slug}.md`)
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
    expect(text).toMatch(new RegExp(`^# ${slug}\\n\\n\\*\\*`))
    expect(headings[0]).toBe('Is anybody hurt?')
    expect(headings.some((heading) => heading.startsWith('What to do'))).toBe(true)
    expect(headings.slice(-2)).toEqual(['When does it clear by itself?', 'Never'])
  })

  it.each(pages)('lead nowhere that is not there: %s', (page) => {
    for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)]+)\)/g)) {
      const [file = '', fragment] = target.split('#')
      expect(existsSync(path.join(folder, file)), target).toBe(true)
      const headings = [...textOf(file).matchAll(/^##? (.*)$/gm)].map(([, heading = '']) => anchor(heading))
      if (fragment !== undefined) expect(headings, target).toContain(fragment)
    }
  })

  it('know every error code and every reason of the sweep', () => {
    const codes = [...read('lambdas/rotation/errors.ts').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
      ([, code = '']) => code,
    )
    expect(codes.length).toBeGreaterThan(40)
    const failed = textOf('rotation-failed.md')
    expect(codes.filter((code) => !failed.includes(`\`${code}\``))).toEqual([])
    const reasons: Readonly<Record<Overdue['reason'], true>> = {
      ROTATION_MISSED: true,
      MAX_AGE_EXCEEDED: true,
    }
    for (const reason of Object.keys(reasons)) expect(textOf('rotation-missed.md')).toContain(`\`${reason}\``)
    const stuck: Readonly<Record<Stuck['reason'], true>> = {
      REPLICAS_BEHIND: true,
      ROLLOUT_FAILED: true,
      ROLLOUT_LATE: true,
      EVIDENCE_LACKING: true,
      STILL_USED: true,
      DRAIN_IN_PROGRESS: true,
      LEAKED: true,
    }
    for (const reason of Object.keys(stuck)) expect(textOf('drain-stuck.md')).toContain(`| \`${reason}\` |`)
    const ages: Readonly<Record<AgeLine['reason'], true>> = {
      NEVER_ROTATED: true,
      STALE: true,
      DUE: true,
      AGE_UNKNOWN: true,
    }
    for (const reason of Object.keys(ages)) expect(textOf('secrets-stale.md')).toContain(`\`${reason}\``)
  })

  it('know what the census tells among what is overdue', () => {
    for (const reason of ['STALE', 'AGE_UNKNOWN'])
      expect(textOf('rotation-missed.md')).toContain(`| \`${reason}\` |`)
  })

  it('name no code that there is not', () => {
    const known =
      read('lambdas/rotation/errors.ts') +
      read('lambdas/sweep/overdue.ts') +
      read('lambdas/sweep/stuck.ts') +
      read('lambdas/inventory/age-line.ts')
    const named = [...slugs, ...errands]
      .flatMap((slug) => [...textOf(`${slug}.md`).matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)])
      .map(([, code = '']) => code)
      .filter((code) => !code.startsWith('OVERLAP_') && !code.startsWith('ERROR_'))
    expect(named.filter((code) => !known.includes(`'${code}'`))).toEqual([])
  })

  it.each(pages)('name variables that functions read: %s', (page) => {
    const sources = readdirSync(path.join(root, 'lambdas'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('environment.ts'))
      .map((file) => read(path.join('lambdas', file)))
      .join('')
    const named = [...textOf(page).matchAll(/OVERLAP_[A-Z_]+/g)].map(([name]) => name)
    expect(named.filter((name) => !sources.includes(name))).toEqual([])
  })

  it.each(pages)('give commands that there are: %s', (page) => {
    // One command asks no function.
    const program = `${read('lambdas/operate/request.ts')} 'inventory'`
    const words = [...textOf(page).matchAll(/npm run overlap -- (\w+)/g)].map(([, word = '']) => word)
    expect(words.filter((word) => !program.includes(`'${word}'`))).toEqual([])
  })

  it.each(pages)('search logs by patterns that CloudWatch Logs reads: %s', (page) => {
    for (const [, pattern = ''] of textOf(page).matchAll(/--filter-pattern '([^']+)'/g))
      expect(parseFilterPattern(pattern), pattern).toBeDefined()
  })
})

import type { DemoFacts, RotationFacts, RunFacts } from './facts.ts'
import type { Requirements } from './verdict.ts'

export function when(holds: boolean, objection: string): readonly string[] {
  return holds ? [objection] : []
}

/**
 * What speaks against how versions ended: each on the proof that it should rest on, with nobody left behind, and removed after the quarantine. What leaked ends
 * sooner, and whoever uses it.
 */
export function retired({ title, rotations }: RunFacts, required: Requirements): readonly string[] {
  const ended = rotations.flatMap(({ retirement, ...rotation }) =>
    retirement ? [{ ...rotation, retirement }] : [],
  )
  const inTime = ended.filter(({ begunBy }) => begunBy !== 'leak')
  const low = ended.filter(({ retirement, expectedRung }) => retirement.rung !== expectedRung)
  const alone = inTime.filter(({ retirement }) => retirement.consumers < required.consumers)
  const left = ended.filter(({ retirement }) => retirement.leftBehind > 0)
  const early = inTime.filter(({ phases }) => (phases.quarantine ?? 0) < required.quarantineMs)
  return [
    ...low.map((rotation) => `${title}: ${rungObjection(rotation)}`),
    ...when(
      alone.length > 0,
      `${title}: ${alone.length} versions were disabled before every consumer was seen on the next one`,
    ),
    ...when(left.length > 0, `${title}: ${left.length} versions were disabled while tasks or pods ran them`),
    ...when(
      early.length > 0,
      `${title}: ${early.length} versions were removed before their quarantine was over`,
    ),
  ]
}

function rungObjection({
  number,
  retirement,
  expectedRung,
}: Pick<RotationFacts, 'number' | 'expectedRung'> & Required<Pick<RotationFacts, 'retirement'>>): string {
  const missing = retirement.missing.length === 0 ? '' : ` (${retirement.missing.join('; ')})`
  return `rotation ${number}: the retirement's proof is ${retirement.rung || 'not on record'} and should be ${expectedRung}${missing}`
}

/** What speaks against how consumers were met that keep a version in use. */
export function inTheWay({ silent, accepted }: DemoFacts, required: Requirements): readonly string[] {
  const missing = Object.entries(silent.named).flatMap(([what, isNamed]) => (isNamed ? [] : [what]))
  return [
    ...when(silent.message.length === 0, 'Nobody was told of the silent consumer'),
    ...when(
      silent.message.length > 0 && missing.length > 0,
      `The message about the silent consumer lacks: ${missing.join(', ')}`,
    ),
    ...when(silent.disabledMeanwhile, 'The credential of the silent consumer was disabled while it used it'),
    ...when(
      !(silent.quietMs >= required.drainMs),
      'The credential of the silent consumer did not drain anew after its end',
    ),
    ...when(
      !accepted.inTheWay.some((line) => line.includes(accepted.name)),
      `Who asked what is in the way of the retirement was not told of ${accepted.name}`,
    ),
    ...when(
      accepted.disabledBefore,
      `A version in use by ${accepted.name} was disabled before anybody accepted that`,
    ),
  ]
}

/** What speaks against the way back. */
export function wayBack({ rolledBack, real }: DemoFacts): readonly string[] {
  const { before, published, after, running, cameAlong, cameBack } = rolledBack
  const ended = real.rotations.some(({ retirement }) => retirement?.version === published)
  return [
    ...when(published === before || cameAlong < running, 'What was rolled back had not been rolled out'),
    ...when(after !== before, 'The rollback did not make the version before AWSCURRENT again'),
    ...when(
      running === 0 || cameBack < running,
      `The rollback brought ${cameBack} of ${running} tasks and pods back`,
    ),
    ...when(!ended, 'What was rolled back was not retired'),
    ...when(rolledBack.failed > 0, `${rolledBack.failed} queries failed around the rollback`),
  ]
}

/** What speaks against how a leak was met. */
export function afterLeak({ leaked, real }: DemoFacts, required: Requirements): readonly string[] {
  const ended = real.rotations.some(({ retirement }) => retirement?.version === leaked.version)
  return [
    ...when(
      leaked.listed < required.consumers,
      `Who marked a version as leaked was told of ${leaked.listed} of ${required.consumers} consumers`,
    ),
    ...when(!ended, 'What leaked was not retired'),
    ...when(!(leaked.workedMs <= required.leakMs), 'What leaked worked for too long after it was replaced'),
    ...when(leaked.login !== '28P01', `PostgreSQL answers ${leaked.login} to whoever has what leaked`),
  ]
}

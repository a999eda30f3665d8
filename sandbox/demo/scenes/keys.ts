import { ask } from '../ask.ts'
import type { KeysFacts, OldKeyFacts, RotationFacts } from '../facts.ts'
import { type ForgottenJob, JOB_NAME, startForgottenJob } from '../keys/forgotten-job.ts'
import type { AccessKey } from '../keys/identity-call.ts'
import { accessKeyKind, mailKeyKind } from '../keys/key-kind.ts'
import { type KeyRotation, KeyRun } from '../keys/key-run.ts'
import type { MailKey } from '../keys/message-call.ts'
import { hours, type Stage } from './stage.ts'
import { clocksChanged } from './sunday.ts'

/** Who sends mail says itself that it runs the new version. */
const SENDER = 'manual:newsletters'

interface Actors {
  readonly robots: KeyRun<AccessKey>
  readonly mail: KeyRun<MailKey>
  readonly job: ForgottenJob
}

interface Rotated {
  readonly robots: KeyRotation<AccessKey>
  readonly mail: KeyRotation<MailKey>
  readonly job: Pick<KeysFacts['silent'], 'inTheWay' | 'disabledMeanwhile'> & { readonly movedAt: number }
}

/**
 * A Sunday on which two keys are rotated, too, that somebody else makes. Nobody can look who uses a key now; it is told some time later when it was used last: so it
 * must go unused for longer. A job that nobody declared keeps the old access key, and so keeps it from being disabled.
 */
export async function keysBeside(stage: Stage): Promise<KeysFacts> {
  const started: { stop(): Promise<void> }[] = []
  const kept = async <One extends { stop(): Promise<void> }>(starting: Promise<One>): Promise<One> => {
    const one = await starting
    started.push(one)
    return one
  }
  try {
    const robots = await kept(KeyRun.start(accessKeyKind(stage.sandbox), stage))
    const mail = await kept(KeyRun.start(mailKeyKind(stage.sandbox), stage))
    const job = await kept(startForgottenJob(stage.sandbox, robots))
    const actors = { robots, mail, job }
    return await told(stage, actors, await rotateAll(stage, actors))
  } finally {
    await Promise.all(started.map((one) => one.stop()))
  }
}

/** Until nothing of the database's old credential is left, nor of the old keys. */
async function rotateAll(stage: Stage, actors: Actors): Promise<Rotated> {
  const { run, calendar, tell } = stage
  const nextOnes = { robots: await actors.robots.next(), mail: await actors.mail.next() }
  const begun = await run.begin('schedule', () => calendar.toSunday())
  let rotated: Rotated | undefined
  const rotation = await run.finish(begun, {
    async course(retirement) {
      const [robots, mail] = await Promise.all([nextOnes.robots(), nextOnes.mail()])
      await acknowledge(stage, mail.version)
      await calendar.toNextPass()
      await retirement.drain()
      await Promise.all([robots.ask('drained'), mail.ask('drained')])
      await mail.retirement.drain()
      await mail.ask('disabled')
      rotated = { robots, mail, job: await hinder(stage, actors, robots) }
      // By then its last use is told.
      await retirement.look(1)
      await retirement.quarantine()
      return retirement
    },
    scene: () => clocksChanged(calendar, begun.at),
  })
  tell({ is: 'rotation over', rotation })
  if (rotated === undefined) throw new Error('no key was rotated')
  const { robots, mail } = rotated
  await mail.retirement.atOnce()
  await mail.ask('removed')
  await robots.retirement.drain()
  await robots.ask('disabled')
  await robots.retirement.quarantine()
  await robots.ask('removed')
  return rotated
}

async function acknowledge({ sandbox }: Stage, version: string): Promise<void> {
  const request = { action: 'acknowledge', secret: 'mail/sender', consumer: SENDER, version } as const
  await ask(sandbox, 'overlap-operate', request)
}

/** The drain would be over: what is in the way is asked, as a person would, and removed. */
async function hinder(
  { sandbox }: Stage,
  { robots: { kind }, job }: Actors,
  robots: KeyRotation<AccessKey>,
): Promise<Rotated['job']> {
  const request = { action: 'status', secret: kind.secret } as const
  const answer = await ask(sandbox, 'overlap-view', request)
  const disabledMeanwhile = robots.retirement.isDisabled()
  await job.moveOn()
  return { inTheWay: answer.information ?? [], disabledMeanwhile, movedAt: sandbox.clock.now() }
}

async function told({ tell }: Stage, { robots, mail }: Actors, rotated: Rotated): Promise<KeysFacts> {
  const { inTheWay, disabledMeanwhile, movedAt } = rotated.job
  const ofRobots = await rotated.robots.facts('d', ({ retirement }) =>
    disabledMeanwhile
      ? `${robots.kind.title}: it was disabled although ${JOB_NAME} used it`
      : `${robots.kind.title} ${robots.kind.explanation}: nightly-export, which nobody declared, used the old one, and overlap status named ${JOB_NAME}. ` +
        `It moved on; after ${hours(quiet(retirement, movedAt))} without a use the old key was made Inactive, and two days later deleted`,
  )
  const ofMail = await rotated.mail.facts(
    'b',
    () =>
      `${mail.kind.title} ${mail.kind.explanation}: ${SENDER} acknowledged it; the old one was disabled, and two days later deleted`,
  )
  for (const rotation of [ofRobots, ofMail]) tell({ is: 'rotation over', rotation })
  const old: readonly OldKeyFacts[] = [
    { title: robots.kind.title, ...rotated.robots.old },
    { title: mail.kind.title, ...rotated.mail.old },
  ]
  const quietMs = quiet(ofRobots.retirement, movedAt)
  return {
    runs: [robots.facts([ofRobots]), mail.facts([ofMail])],
    old,
    silent: { name: JOB_NAME, inTheWay, disabledMeanwhile, quietMs },
  }
}

function quiet(retirement: RotationFacts['retirement'], movedAt: number): number {
  return (retirement?.disabledAt ?? Number.NaN) - movedAt
}

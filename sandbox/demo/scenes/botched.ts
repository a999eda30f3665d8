import { type BotchedFacts, failed } from '../facts.ts'
import { between } from '../tally.ts'
import { until } from '../wait.ts'
import { names, toldAbout } from './people.ts'
import type { Stage } from './stage.ts'

const OWNER = 'team-shop'

/**
 * Somebody grants a right to the user that happens to be in use, which must be the partner. Its partner in turn lacks it, so publishing that would take it
 * away.
 */
export async function botch(stage: Stage): Promise<BotchedFacts> {
  const { run, sandbox, calendar, retryMs, signal, witness, tell } = stage
  const { postgres, database, secretsManager, secret } = sandbox
  const before = await run.current()
  const grant = `GRANT SELECT ON public.ledger TO ${before.username}`
  await postgres.query(grant, [], { database })

  const begun = await run.begin('schedule', () => calendar.toSunday())
  const attempts = () => secretsManager.rotations(secret).filter(({ token }) => token === begun.version)
  const ended = () => attempts().filter(({ outcome }) => outcome === 'failed' || outcome === 'abandoned')
  await until('it fails', signal, () => ended().length >= 1)
  const failure = ended().at(-1)
  const code = failure?.errorType ?? ''
  const message = await toldAbout(stage, code)
  await calendar.pass(retryMs)
  await until('it fails again', signal, () => ended().length >= 2)
  const meanwhile = await run.current()
  const traffic = between(begun.traffic, run.tally.traffic())
  const remedy = `GRANT SELECT ON public.ledger TO app; REVOKE SELECT ON public.ledger FROM ${before.username}`
  const facts = {
    cause: grant,
    remedy,
    step: failure?.failedStep ?? '',
    code,
    error: failure?.errorMessage ?? '',
    message,
    named: { secret: names(message, 'shop/app'), owner: names(message, OWNER), code: names(message, code) },
    attempts: ended().length,
    currentBefore: before.versionId,
    currentMeanwhile: meanwhile.versionId,
    queries: traffic.queries,
    failed: failed(traffic),
  }
  tell({ is: 'rotation refused', botched: facts })

  await postgres.query(remedy, [], { database })
  await calendar.pass(retryMs)
  await until('the same rotation is published', signal, () => witness.published(begun.version))
  const rotation = await run.finish(begun, {
    scene: () => 'the rotation that had been refused, completed once it was mended',
  })
  tell({ is: 'rotation over', rotation })
  return { ...facts, completed: (await run.current()).versionId === begun.version }
}

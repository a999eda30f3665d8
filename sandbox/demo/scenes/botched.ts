import { type BotchedFacts, failed } from '../facts.ts'
import { between } from '../tally.ts'
import { until } from '../wait.ts'
import type { Stage } from './stage.ts'

/** Milliseconds by the sandbox's clock, as overlap.config.ts and the alarm have it. */
const ONE_PERIOD_MS = 60_000
const OWNER = 'team-shop'

/** Somebody grants a right to the user that happens to be in use. Its partner lacks it, so publishing the partner would take it away. */
export async function botch(stage: Stage, retryMs: number): Promise<BotchedFacts> {
  const { run, sandbox, calendar, signal, witness, tell } = stage
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
  await calendar.pass(ONE_PERIOD_MS)
  await sandbox.settled()
  const [message] = witness.messagesAbout(code)
  await calendar.pass(retryMs)
  await until('it fails again', signal, () => ended().length >= 2)
  const meanwhile = await run.current()
  const traffic = between(begun.traffic, run.tally.traffic())
  const remedy = `GRANT SELECT ON public.ledger TO app; REVOKE SELECT ON public.ledger FROM ${before.username}`
  const said = message === undefined ? [] : [message.subject ?? '', ...message.message.trimEnd().split('\n')]
  const names = (text: string) => text !== '' && said.some((line) => line.includes(text))
  const facts = {
    cause: grant,
    remedy,
    step: failure?.failedStep ?? '',
    code,
    error: failure?.errorMessage ?? '',
    message: said,
    named: { secret: names('shop/app'), owner: names(OWNER), code: names(code) },
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

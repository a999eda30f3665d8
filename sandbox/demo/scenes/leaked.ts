import { ask } from '../ask.ts'
import { crewed } from '../crew.ts'
import type { LeakedFacts } from '../facts.ts'
import { loginWith, names } from './people.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000
const REASON = 'found in a public repository'

/** On a Thursday somebody finds the credential where it must not be. It is replaced at once, and a short drain later it works for nobody. */
export async function leaked(stage: Stage): Promise<LeakedFacts> {
  const { run, sandbox, calendar, tell } = stage
  await calendar.to(calendar.nextSunday() - 64 * HOUR_MS)
  const { versionId: version } = await run.current()
  const request = { action: 'leaked', secret: run.options.secretId, reason: REASON }
  const asked = await ask(sandbox, 'overlap-revoke', request)
  const begun = await run.begin('leak', () =>
    ask(sandbox, 'overlap-revoke', { ...request, confirm: asked.confirm }),
  )
  const rotation = await run.finish(begun, {
    expectedRung: 'leaked',
    async course(retirement) {
      await retirement.revoked()
      return retirement
    },
    scene: ({ phases }) =>
      `overlap leaked shop/app --reason '${REASON}': replaced at once, and ${minutes(phases.drain)} later the old credential worked for nobody`,
  })
  tell({ is: 'rotation over', rotation })
  const preview = [asked.message ?? '', ...(asked.information ?? [])]
  return {
    version,
    preview,
    listed: Object.keys(crewed).filter((consumer) => names(preview, consumer)).length,
    workedMs: rotation.phases.drain ?? Number.NaN,
    login: await loginWith(stage, begun.before),
  }
}

function minutes(ms = Number.NaN): string {
  return `${Math.round(ms / 60_000)} minutes`
}

import type { Functions } from './functions.ts'
import type { Strike } from './process.ts'
import type { FakeSecret } from './secret.ts'
import { MINUTE_MS, type World } from './world.ts'

/** What a secret at rest looks like: nothing waits, nothing drains, and the slot that AWSCURRENT does not name is free. */
export function unrest({ secret, target, current }: World): string[] {
  const pending = secret.holder('AWSPENDING')
  const other = current().user === 'a' ? 'b' : 'a'
  const { stamp, password } = target.slot(other)
  return [
    ...(pending !== undefined && pending !== secret.holder('AWSCURRENT') ? [`${pending} is AWSPENDING`] : []),
    ...(secret.holder('DRAINING') === undefined ? [] : [`${secret.holder('DRAINING')} is DRAINING`]),
    ...(password === undefined &&
    (stamp === undefined || stamp.state === 'retired' || stamp.state === 'leaked')
      ? []
      : [`slot ${other} is ${stamp?.state ?? 'without a stamp'}`]),
    ...(target.works(current()) ? [] : ['AWSCURRENT does not work']),
  ]
}

/**
 * Lets the service and the sweep go on, half an hour at a time, until `done` says so. False when that took more than `passes`. `strikeFor` says
 * what befalls a pass.
 */
export async function settle(
  settling: Functions & { readonly clock: { now: number }; readonly secret: FakeSecret },
  done: () => boolean,
  passes: number,
  strike?: Strike,
): Promise<boolean> {
  for (let pass = 0; pass < passes; pass++) {
    if (done()) return true
    if (settling.secret.takeTry()) await settling.attempt(strike)
    await settling.sweep(strike).run()
    for (const loose of settling.loose.splice(0)) await loose.run()
    settling.clock.now += 30 * MINUTE_MS
  }
  return done()
}

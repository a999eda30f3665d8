import { expect, it } from 'vitest'
import { keyWorld } from '../fakes/key-world.ts'
import { settle } from '../fakes/settle.ts'
import { iamLike } from '../fakes/written-key-events.ts'

it('lifts DRAINING from a version whose key somebody deleted, when its drain is over, and the rotation that waits for that finishes', async () => {
  const world = keyWorld(iamLike, 'draining')
  const { secret, server } = world
  const old = JSON.parse(secret.value(secret.holder('DRAINING') ?? '') ?? '{}')
  server.remove(old.keyId, true)
  secret.rotate()
  const pending = secret.holder('AWSPENDING') ?? ''
  const warm = world.coldStart()
  for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) {
    const delivery = world.deliver(step, pending, warm)
    await delivery.run()
    expect(delivery.failure()).toBeUndefined()
  }
  const finishing = world.deliver('finishSecret', pending, warm)
  await finishing.run()
  expect(finishing.failure()).toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
  expect(await settle(world, () => secret.holder('AWSCURRENT') === pending, 40)).toBe(true)
  expect([world.works(), world.violations]).toEqual([true, []])
})

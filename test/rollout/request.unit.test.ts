import { describe, expect, it } from 'vitest'
import { parseRolloutRequest } from '../../lambdas/rollout/request.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const goal = { secretId: SECRET_ARN, versionId: 'v1', since: 2_000, created: 1_000 }
const request = { action: 'look', consumer: 'ecs:shop/api', ...goal }

describe('a request for a rollout', () => {
  it('names the version that was rolled back, where there is one', () => {
    expect(parseRolloutRequest(request).goal).toEqual(goal)
    expect(parseRolloutRequest({ ...request, rolledBack: 'v2' }).goal).toEqual({ ...goal, rolledBack: 'v2' })
  })

  it.each(['', 7, null])('is refused when %j is to be that version', (rolledBack) => {
    expect(() => parseRolloutRequest({ ...request, rolledBack })).toThrow('rolledBack')
  })
})

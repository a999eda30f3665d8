import { isDeferred, OverlapError } from '../rotation/errors.ts'
import { leakedToken } from '../rotation/leaked.ts'
import { type SecretStore, versionWith } from '../rotation/secret-store.ts'
import type { Action } from './action.ts'
import { amend, isOffMeanwhile } from './amend.ts'
import { disable, enable, noteBack, noteSeen, putBack, remove, revoke, type Scene } from './retirement.ts'
import type { SweepState } from './state.ts'
import type { Visiting } from './visiting.ts'

/** What came of a visit, as its log line has it. */
export interface Result {
  readonly outcome: string
  readonly reason?: string
}

/** `afterFailure`: what is left to do when a retirement failed. */
export async function act(
  visiting: Visiting,
  scene: Scene,
  action: Action,
  afterFailure: () => Action = () => ({ do: 'nothing' }),
): Promise<Result> {
  const { store, catalog, pace, now } = visiting
  const { secret } = scene
  const save = (change: (state: SweepState) => SweepState | undefined) => amend(visiting, secret.arn, change)
  const done = { outcome: action.do }
  switch (action.do) {
    case 'nothing':
    case 'wait':
      return action.because === undefined ? done : { ...done, reason: action.because }
    case 'ask':
      return { outcome: 'wait', reason: 'DRAINING' }
    case 'start-drain': {
      const { version } = action
      if (isPerhapsOff(visiting, scene)) await putBack(visiting, scene, version, { evenIfChanged: true })
      await save((state) =>
        state.drain?.version === version ? undefined : { ...state, drain: { version, since: now() } },
      )
      return done
    }
    case 'stop-drain':
      await save((state) => (state.drain?.version === action.version ? without(state, 'drain') : undefined))
      return done
    case 'note-rolled':
      await save(({ drain, ...state }) =>
        drain?.version === action.version && drain.off === undefined
          ? { ...state, drain: { ...drain, rolled: drain.rolled ?? now() } }
          : undefined,
      )
      return done
    case 'forget-rolled':
      await putBack(visiting, scene, action.version)
      await save((state) => {
        if (state.drain?.version !== action.version || isOffMeanwhile(scene, state, action.version))
          return undefined
        const { rolled: _, ...drain } = state.drain
        return { ...state, drain }
      })
      return done
    case 'note-seen':
      if (action.putBack) await putBack(visiting, scene, action.version)
      await noteSeen(visiting, scene, action)
      return done
    case 'retire':
    case 'remove':
      try {
        await (action.do === 'retire' ? disable(visiting, scene, action) : remove(visiting, scene, action))
      } catch (error) {
        // A slot that is merely in use will be free: until then there is nothing to heal.
        if (!(error instanceof OverlapError && isDeferred(error)))
          await act(visiting, scene, afterFailure()).catch(() => undefined)
        throw error
      }
      return done
    case 'revoke':
      await revoke(visiting, scene, action)
      return done
    case 'note-valid':
      await noteBack(visiting, scene, action.version, 'it was found not to be disabled')
      return done
    case 'enable':
      await enable(visiting, scene, action)
      return { outcome: 'note-seen' }
    case 'put-back':
      await putBack(visiting, scene, action.version)
      return { outcome: 'wait', reason: action.because }
    case 'note-pending':
      await save((state) => ({ ...state, pending: { version: action.version, since: now() } }))
      return done
    case 'forget-pending':
      await save((state) => without(state, 'pending'))
      return done
    case 'record-plan':
      await save((state) => ({
        ...without(state, 'plan'),
        ...(action.plan === undefined ? {} : { plan: action.plan }),
      }))
      return done
    case 'move-draining':
      await store.moveLabel(secret.arn, 'DRAINING', {
        ...(action.from === undefined ? {} : { from: action.from }),
        ...(action.to === undefined ? {} : { to: action.to }),
      })
      return done
    case 'clear-pending':
      await store.moveLabel(secret.arn, 'AWSPENDING', { from: action.version })
      return done
    // Not paced: it mends what was begun, and one secret after the other is slow enough.
    case 'resume':
      await catalog.requestRotation(secret.arn, action.version)
      return done
    // Nor this: what leaked is replaced before anything else is rotated.
    case 'replace-leaked':
      await catalog.requestRotation(secret.arn, await untried(store, secret.arn, action.token))
      return done
    case 'request':
      if (!pace.take()) return { outcome: 'wait', reason: 'PACED' }
      await catalog.requestRotation(secret.arn, action.token)
      return done
  }
}

/** The same for whoever asks at the same time. A token whose rotation was given up leads to that version again, which is refused as it was before. */
async function untried(store: SecretStore, secretId: string, first: string): Promise<string> {
  const created = await store.createdDates(secretId)
  let token = first
  while (created.has(token)) token = leakedToken(secretId, token)
  return token
}

/**
 * May what is seen replaced for the first time be disabled already? Not when a rotation has only just replaced it; otherwise the tag that remembered it may have
 * got lost.
 */
function isPerhapsOff({ deployment, now }: Visiting, { secret }: Scene): boolean {
  const current = versionWith(secret, 'AWSCURRENT')
  const isFinishing = current !== undefined && versionWith(secret, 'AWSPENDING') === current
  const rotated = secret.lastRotated?.getTime()
  return !isFinishing && (rotated === undefined || now() - rotated >= deployment.drainFloorSeconds * 1000)
}

function without(state: SweepState, part: keyof SweepState): SweepState {
  const { [part]: _, ...rest } = state
  return rest
}

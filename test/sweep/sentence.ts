import type { Action } from '../../lambdas/sweep/action.ts'

/** An action as a table says it. */
export function sentence(action: Action): string {
  switch (action.do) {
    case 'nothing':
      return action.because === undefined ? 'nothing' : `nothing: ${action.because}`
    case 'wait':
      return `wait ${action.because}`
    case 'put-back':
      return `put-back ${action.version}: ${action.because}`
    case 'move-draining':
      return `move-draining from ${action.from ?? 'nowhere'} to ${action.to ?? 'nowhere'}`
    case 'retire':
      return `retire ${action.version}${action.swap ? ' even if used' : ''}`
    case 'ask':
      return `ask about ${action.about} of ${action.version}`
    case 'note-seen':
      return `${action.putBack ? 'put back and ' : ''}note-seen ${action.version} at ${new Date(action.at).toISOString()}`
    case 'remove':
      return `remove ${action.version} (${action.proof?.rung ?? 'no proof'})`
    case 'replace-leaked':
      return `replace-leaked ${action.token}`
    case 'record-plan':
      return `record-plan ${action.plan?.digest ?? 'none'}`
    case 'request':
      return `request ${action.token}`
    default:
      return `${action.do} ${action.version}`
  }
}

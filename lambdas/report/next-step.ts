import { overlapCommand, rotateCommand, turnOnCommand } from '../rotation/way-out.ts'
import { errorSteps } from './error-steps.ts'
import { lateSteps } from './late-steps.ts'
import type { NextStep } from './step.ts'
import { stuckSteps } from './stuck-steps.ts'

/** Every reason has its line, so that a new one cannot be without: `docs/runbooks/` says more. */
const steps = { ...errorSteps, ...stuckSteps, ...lateSteps }

const unknownReason: NextStep = {
  run: 'check',
  todo: 'This reason is not known to the function that tells of it.',
}

export function nextStep(reason: string): NextStep {
  return Object.hasOwn(steps, reason) ? steps[reason as keyof typeof steps] : unknownReason
}

/** Ready to be pasted into a shell. `secret`: what a command may be told of it. */
export function nextCommand(reason: string, secret: string, deployment: string): string {
  switch (nextStep(reason).run) {
    case 'check':
      return overlapCommand(`check ${secret}`, deployment)
    case 'hold':
      return overlapCommand(`hold ${secret} --until 24h --reason ${reason}`, deployment)
    case 'provision':
      return overlapCommand(`provision ${secret}`, deployment)
    case 'release':
      return overlapCommand(`release ${secret}`, deployment)
    case 'describe':
      return `aws secretsmanager describe-secret --secret-id ${secret}`
    case 'rotate':
      return rotateCommand(secret)
    case 'status':
      return overlapCommand(`status ${secret}`, deployment)
    case 'turn on':
      return turnOnCommand(secret)
  }
}

import { expecting, type Problem } from './problems.ts'

/** A secret takes three of the 500 resources that CloudFormation allows in a stack: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_SECRETS_IN_A_STACK = 160

/** What is listed together is one stack. `advice` says what to do with the rest. */
export function stackSizeProblems(subject: string, secrets: readonly unknown[], advice: string): Problem[] {
  return expecting(subject)(
    secrets.length <= MAX_SECRETS_IN_A_STACK,
    'STACK_TOO_LARGE',
    'secrets',
    `must be at most ${MAX_SECRETS_IN_A_STACK}, since they are one stack; there are ${secrets.length}. ${advice}`,
  )
}

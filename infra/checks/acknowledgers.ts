import { expecting, found, type Problem } from './problems.ts'

/** A statement takes up to 400 bytes of a function's policy, which ends at 20,480: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ACKNOWLEDGERS = 40

const form = /^(\d{12}|arn:aws[\w-]*:iam::\d{12}:(role|user)\/[!-~]+)$/

/** What is wrong with who else may acknowledge. `subject` names the deployment. */
export function acknowledgerProblems(subject: string, acknowledgers: readonly unknown[]): Problem[] {
  const expect = expecting(subject)
  const malformed = acknowledgers.find((each) => !form.test(String(each)))
  return [
    ...expect(
      malformed === undefined,
      'SETTING_INVALID',
      'acknowledgers',
      `must each be twelve digits, or the ARN of a role or a user; ${found(malformed)}`,
    ),
    ...expect(
      acknowledgers.length <= MAX_ACKNOWLEDGERS,
      'SETTING_INVALID',
      'acknowledgers',
      `must be at most ${MAX_ACKNOWLEDGERS}, since a function's policy names each; there are ${acknowledgers.length}. Name accounts, and let these choose their roles`,
    ),
  ]
}

import { arnProblems, type Place, secretArn, secretNameIn } from './arns.ts'
import { expecting, type Problem } from './problems.ts'

/** What is wrong with where a secret is said to be that exists today. */
export function existingSecretProblems(
  subject: string,
  { name, arn }: { readonly name: string; readonly arn: string },
  place: Place,
): Problem[] {
  const problems = arnProblems(arn, secretArn, place, { subject, field: 'arn' })
  if (problems.length > 0) return problems
  const named = secretNameIn(arn)
  return expecting(subject)(
    named === name,
    'ARN_INVALID',
    'arn',
    `must be that of ${name}; ${arn} is that of ${named}`,
  )
}

import type { Sandbox } from '../sandbox.ts'

/** What a function for people answers about one secret. */
export interface Answer {
  readonly outcome: string
  readonly message?: string
  /** The version that whoever confirms names. */
  readonly confirm?: string
  readonly information?: readonly string[]
  readonly headline?: string
}

/** As the command line does. Throws with the function's own words when it fails. */
export async function ask(
  { lambda }: Pick<Sandbox, 'lambda'>,
  functionName: 'overlap-operate' | 'overlap-revoke' | 'overlap-view',
  request: { readonly action: string; readonly secret: string } & Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const outcome = await lambda.invoke(functionName, { ...request, by: 'the demo' })
  if (!outcome.ok)
    throw new Error(`${request.action} was refused: ${outcome.errorType}: ${outcome.errorMessage}`)
  const [answer] = (outcome.payload as { readonly results: readonly Answer[] }).results
  if (answer === undefined || answer.outcome === 'failed')
    throw new Error(`${request.action} failed: ${answer?.message}`)
  return answer
}

import { until } from '../wait.ts'
import type { Stage } from './stage.ts'

const MINUTE_MS = 60_000
/** The longest period of an alarm that tells, in minutes by the sandbox's clock, and one more. */
const LONGEST_MINUTES = 6

/** What the people of a topic are told of this, subject first, when an alarm has had the time to ring; empty when nobody is told. */
export async function toldAbout(
  { calendar, sandbox, witness }: Pick<Stage, 'calendar' | 'sandbox' | 'witness'>,
  text: string,
): Promise<readonly string[]> {
  for (let minute = 0; minute < LONGEST_MINUTES; minute += 1) {
    await calendar.pass(MINUTE_MS)
    await sandbox.settled()
    const [message] = witness.messagesAbout(text)
    if (message !== undefined) return [message.subject ?? '', ...message.message.trimEnd().split('\n')]
  }
  return []
}

/** Does one of the lines hold this text? */
export function names(lines: readonly string[], text: string): boolean {
  return text !== '' && lines.some((line) => line.includes(text))
}

/** Whether PostgreSQL lets somebody in with what a version holds: `accepted`, or its error code. */
export async function loginWith(
  { sandbox, signal }: Pick<Stage, 'sandbox' | 'signal'>,
  credential: { readonly username: string; readonly password: string },
): Promise<string> {
  const { username: user, password } = credential
  return until('the server answers', signal, () =>
    sandbox.postgres.query('SELECT 1', [], { user, password, database: sandbox.database }).then(
      () => 'accepted',
      (error: { readonly code?: string }) => error.code,
    ),
  )
}

import { type Entry, type Hold, isGood, readAnswer } from './answer.ts'
import { type Deployment, functionFor, NotAnswered, type Request } from './deployment-function.ts'
import { exitStatus } from './exit-status.ts'
import { plainJson, plainText } from './plain-text.ts'
import { report } from './report.ts'

/** Where requests are sent and answers are shown. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Throws `NotAnswered`. */
  readonly ask: (deployment: Deployment, request: Request) => Promise<unknown>
  /** Asks the person at the terminal; absent where there is none. */
  readonly question?: (text: string) => Promise<string>
  /** Who asks, for the function's log and the journal. */
  readonly by: string
}

export interface Flags {
  readonly region?: string
  readonly profile?: string
  readonly deployment: string
  readonly json?: true
  readonly yes?: true
}

const { WELL, NOT_WELL, MISUSE } = exitStatus

/** Sends a request and prints its answer; answers the exit status. `hold`: what was asked for, when it was one. */
export function ask(terminal: Terminal, flags: Flags, request: Request, hold?: Hold): Promise<number> {
  return printingRefusals(terminal, flags, async () => {
    const { entries, answer } = await send(terminal, flags, request)
    return print(terminal, flags, entries, answer, hold)
  })
}

/** What a person at a terminal answers to, and with what; anything else is no. */
export interface Question {
  readonly text: string
  readonly yes: readonly string[]
}

/**
 * Sends a request that breaks something, twice: the first answer says what, and about which version it is; the second one confirms that very version, after the person
 * did, or where `--yes` says so. Answers the exit status.
 */
export function askConfirmed(
  terminal: Terminal,
  flags: Flags,
  request: Request,
  questionFor: (entry: Entry) => Question,
): Promise<number> {
  return printingRefusals(terminal, flags, async () => {
    const { entries, answer } = await send(terminal, flags, request)
    const [entry] = entries
    if (entry?.outcome !== 'unconfirmed' || entry.confirm === undefined)
      return print(terminal, flags, entries, answer)
    if (!flags.json || !flags.yes) print(terminal, flags, entries, answer)
    if (!flags.yes && !(await isConfirmed(terminal, flags, questionFor(entry)))) return NOT_WELL
    const confirmed = await send(terminal, flags, { ...request, confirm: entry.confirm })
    return print(terminal, flags, confirmed.entries, confirmed.answer)
  })
}

async function isConfirmed({ question, err }: Terminal, { json }: Flags, asked: Question): Promise<boolean> {
  if (question === undefined || json) {
    err(
      'NOT_CONFIRMED: nothing was done, since nobody can be asked here. To confirm what is said above, add --yes\n',
    )
    return false
  }
  const answer = await question(plainText(asked.text))
  if (asked.yes.includes(answer.trim())) return true
  err('NOT_CONFIRMED: nothing was done\n')
  return false
}

interface Answered {
  readonly entries: readonly Entry[]
  readonly answer: unknown
}

/** Throws `NotAnswered`. */
async function send({ ask, by }: Terminal, flags: Flags, request: Request): Promise<Answered> {
  const { deployment: name, region, profile } = flags
  const answer = await ask({ name, region, profile }, { ...request, by })
  const entries = readAnswer(answer)
  if (entries !== undefined) return { entries, answer }
  const functionName = functionFor({ name }, request)
  throw new NotAnswered('NO_ANSWER', `${functionName} gave an answer that this program does not understand`)
}

function print(
  { out }: Terminal,
  flags: Flags,
  entries: readonly Entry[],
  answer: unknown,
  hold?: Hold,
): number {
  out(flags.json ? `${plainJson(answer)}\n` : `${report(entries, hold, flags).join('\n')}\n`)
  return entries.every(isGood) ? WELL : NOT_WELL
}

async function printingRefusals(
  { out, err }: Terminal,
  { json }: Flags,
  asking: () => Promise<number>,
): Promise<number> {
  try {
    return await asking()
  } catch (error) {
    if (!(error instanceof NotAnswered)) throw error
    const { code, message } = error
    if (json) out(`${plainJson({ error: { code, message } })}\n`)
    else err(`${plainText(`${code}: ${message}`)}\n`)
    return code === 'EVENT_INVALID' ? MISUSE : NOT_WELL
  }
}

import type { Sandbox } from '../../sandbox.ts'
import type { Calendar } from '../calendar.ts'
import type { BotchedFacts, RotationFacts, RunFacts } from '../facts.ts'
import type { Run } from '../run.ts'
import type { Witness } from '../witness.ts'

/** What a scene is played with. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly witness: Witness
  readonly calendar: Calendar
  readonly run: Run
  /** Milliseconds by the sandbox's clock after which a failed rotation is tried again. */
  readonly retryMs: number
  readonly signal: AbortSignal
  /** Hears what happens, as it happens. */
  readonly tell: (moment: Moment) => void
}

export type Moment =
  | { readonly is: 'run begins'; readonly title: string; readonly explanation: string }
  | { readonly is: 'rotation over'; readonly rotation: RotationFacts }
  | { readonly is: 'rotation refused'; readonly botched: Omit<BotchedFacts, 'completed'> }
  /** What the people of a topic read, and why. */
  | { readonly is: 'message'; readonly about: string; readonly lines: readonly string[] }
  | { readonly is: 'run over'; readonly run: RunFacts }

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

export function hours(ms: number): string {
  return `${Math.round(ms / 3_600_000)} h`
}

/** Commands that an alarm's message may name. */
export type Command =
  | 'check'
  | 'describe'
  | 'hold'
  | 'provision'
  | 'release'
  | 'rotate'
  | 'status'
  | 'turn on'

export interface NextStep {
  /** The command that comes next. */
  readonly run: Command
  /** What a person does about it, in a sentence or two. */
  readonly todo: string
}

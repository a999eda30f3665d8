import { failureKind } from '../failure-kind.ts'

/** Whoever was called answered, and refused. */
export class Refused extends Error {
  /** A code or a status, in words of the one who was called. */
  readonly code: string

  constructor(code: string) {
    super(`refused: ${code}`)
    this.name = 'Refused'
    this.code = code
  }
}

/** A name for the count. Nothing of an answer but its code is ever shown. */
export function callFailure(error: unknown): string {
  return error instanceof Refused ? `call refused (${error.code})` : failureKind(error)
}

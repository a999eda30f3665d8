import type { ServerResponse } from 'node:http'

/**
 * What becomes of one call of a service.
 * - `answered`: as ever
 * - `lost before`: the connection ends, and nothing was done
 * - `lost after`: it is carried out, and the connection ends without an answer
 * - `failed before`: nothing was done, and the answer is a 500, which an SDK asks again after
 * - `failed after`: it is carried out, and the answer is that 500
 * - `refused`: nothing was done, and the answer is that the caller may not, which no SDK asks again after
 * - `silent`: nothing was done, and no answer ever comes
 */
export type Fate =
  | 'answered'
  | 'lost before'
  | 'lost after'
  | 'failed before'
  | 'failed after'
  | 'refused'
  | 'silent'

/** A call that has arrived and is not yet carried out. */
export interface Arrival {
  readonly action: string
  /** From 1, since somebody began to decide. */
  readonly at: number
}

export interface CallFates {
  /**
   * From now on every call waits for its fate. `onLost` is called where the connection is about to end, before the caller can notice: the moment to kill its
   * process. undefined: every call is answered.
   */
  decideFates(
    fateOf: ((call: Arrival) => Fate | Promise<Fate>) | undefined,
    onLost?: (call: Arrival) => void,
  ): void
}

type Send = (response: ServerResponse) => void

/** Nothing happens to a call until somebody decides it. */
export class CallsAtRisk implements CallFates {
  #fateOf: Parameters<CallFates['decideFates']>[0]
  #onLost: (call: Arrival) => void = () => {}
  #arrived = 0

  decideFates(...[fateOf, onLost = () => {}]: Parameters<CallFates['decideFates']>): void {
    this.#fateOf = fateOf
    this.#onLost = onLost
    this.#arrived = 0
  }

  /** Carries a call out, or does not, and returns what to do with its connection. */
  async carryOut(action: string, perform: () => Promise<Send>): Promise<Send> {
    if (this.#fateOf === undefined) return perform()
    const call = { action, at: ++this.#arrived }
    const onLost = this.#onLost
    const fate = await this.#fateOf(call)
    const answer = fate === 'answered' || fate.endsWith('after') ? await perform() : undefined
    if (fate === 'answered' && answer) return answer
    if (fate === 'silent') return () => {}
    if (fate.startsWith('lost'))
      return (response) => {
        onLost(call)
        response.destroy()
      }
    return fate === 'refused' ? refusal : failure
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const refusal: Send = (response) => send(response, 403, 'AccessDenied', 'Refused, as the test wants it')
const failure: Send = (response) => send(response, 500, 'InternalFailure', 'Failed, as the test wants it')

function send(response: ServerResponse, status: number, code: string, message: string): void {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  response.writeHead(status, { 'content-type': 'text/xml' })
  response.end(`<ErrorResponse>${error}<RequestId>none</RequestId></ErrorResponse>`)
}

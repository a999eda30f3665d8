import { OverlapError } from '../rotation/errors.ts'
import type { Operating } from './operating.ts'
import type { OperateRequest } from './request.ts'

/** Waits until a tag may be written. Throws `TIME_UP`, which says how to ask again. */
export async function turn({ pace }: Operating, request: OperateRequest): Promise<void> {
  if (!(await pace.turn())) throw new OverlapError('TIME_UP', noTime(request))
  pace.take()
}

/** A duration would mean another moment each time, so what is asked for again is the moment. */
export function noTime(request: OperateRequest): string {
  const again = request.action === 'hold' ? `, with --until ${new Date(request.until).toISOString()}` : ''
  return `no time was left for this secret. Ask again${again}: what is done already is not done twice`
}

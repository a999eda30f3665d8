import { randomInt } from 'node:crypto'
import type { Request } from './stack.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** The name that CloudFormation gives to what the template does not name: stack, logical id and twelve characters. */
export function physicalName({ stack, logicalId }: Pick<Request, 'stack' | 'logicalId'>): string {
  const suffix = Array.from({ length: 12 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
  return `${stack.name}-${logicalId.slice(0, 24)}-${suffix}`
}

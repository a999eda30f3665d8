import { operateWiring } from '../aws/operate-wiring.ts'
import { operateHandler } from '../operate/handler.ts'
import { leaked } from '../operate/leaked.ts'

export const handler = operateHandler({ part: 'revoke', actions: { leaked }, ...operateWiring('revoke') })

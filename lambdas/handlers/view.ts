import { operateWiring } from '../aws/operate-wiring.ts'
import { operateHandler } from '../operate/handler.ts'
import { status } from '../operate/status.ts'

export const handler = operateHandler({ part: 'view', actions: { status }, ...operateWiring('view') })

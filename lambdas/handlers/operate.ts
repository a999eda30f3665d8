import { operateWiring } from '../aws/operate-wiring.ts'
import { operateHandler } from '../operate/handler.ts'
import { operatorActions as actions } from '../operate/operator.ts'

export const handler = operateHandler({ part: 'operate', actions, ...operateWiring('operate') })

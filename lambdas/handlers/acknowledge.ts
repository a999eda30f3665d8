import { operateWiring } from '../aws/operate-wiring.ts'
import { acknowledge } from '../operate/acknowledge.ts'
import { operateHandler } from '../operate/handler.ts'

export const handler = operateHandler({
  part: 'acknowledge',
  actions: { acknowledge },
  ...operateWiring('acknowledge'),
})

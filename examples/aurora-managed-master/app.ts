/**
 * An app of one's own: a VPC, an Aurora cluster whose master user RDS manages, and a new user with a secret that is in rotation from its first day.
 *
 *   npx cdk deploy --app 'npx tsx examples/aurora-managed-master/app.ts'
 */
import { App } from 'aws-cdk-lib'
import { withBundledCode } from '../../infra/bundled-code.ts'
import { ShopStack } from './shop-stack.ts'

await withBundledCode((code) => {
  const app = new App()
  new ShopStack(app, 'Shop', code)
  app.synth()
})

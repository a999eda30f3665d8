/**
 * An RDS instance that runs today, in a VPC with a NAT gateway, and the user that an application logs in as today.
 *
 *   npx cdk deploy --app 'npx tsx examples/existing-rds/app.ts'
 *
 * Whatever would block a rotation, the output of the deployment says, with the statement to run: on PostgreSQL 16 and later often
 * `GRANT app TO admin WITH ADMIN OPTION`, once.
 */
import { App } from 'aws-cdk-lib'
import { withBundledCode } from '../../infra/bundled-code.ts'
import { OrdersStack } from './orders-stack.ts'

await withBundledCode((code) => {
  const app = new App()
  new OrdersStack(app, 'Orders', { code, env: { account: '111122223333', region: 'eu-west-1' } })
  app.synth()
})

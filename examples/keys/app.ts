/**
 * Keys alone, and no network: that of an IAM user which the stack makes, that of one which is there, and one of a mail provider.
 *
 *   npx cdk deploy --app 'npx tsx examples/keys/app.ts'
 */
import { App } from 'aws-cdk-lib'
import { withBundledCode } from '../../infra/bundled-code.ts'
import { KeysStack } from './keys-stack.ts'

await withBundledCode((code) => {
  const app = new App()
  new KeysStack(app, 'Keys', { code, env: { account: '111122223333', region: 'eu-west-1' } })
  app.synth()
})

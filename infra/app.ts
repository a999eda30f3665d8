import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { withBundledCode } from './bundled-code.ts'
import { ConfigurationError } from './checks/problems.ts'
import { CONFIG_FILE, readConfig } from './config-file.ts'
import { addStacks } from './stacks.ts'

const app = new App()
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
/** `-c config=PATH` chooses another file. */
const file: unknown = app.node.tryGetContext('config') ?? CONFIG_FILE
try {
  const config = await readConfig(String(file))
  await withBundledCode((code) => {
    addStacks(app, config, code)
    app.synth()
  })
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  // Where in our code it was noticed helps nobody.
  console.error(error.message)
  process.exitCode = 1
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { App } from 'aws-cdk-lib'
import { bundleHandlers } from './bundling.ts'
import { functionSettings, type HandlerName } from './function-settings.ts'
import { OverlapStack } from './functions.ts'

const secretArn = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+$/

/** `-c adminSecretArns=<arn>,<arn>`, or a list of strings in cdk.json. Throws for anything that is no secret's ARN. */
function adminSecretArns(app: App): string[] {
  const given: unknown = app.node.tryGetContext('adminSecretArns') ?? []
  const arns: unknown[] = typeof given === 'string' ? given.split(',') : [given].flat()
  return arns.map((arn) => {
    if (typeof arn === 'string' && secretArn.test(arn)) return arn
    throw new Error(`context adminSecretArns must hold ARNs of secrets, separated by commas; found: ${arn}`)
  })
}

const app = new App()
const folder = await mkdtemp(path.join(tmpdir(), 'overlap-synth-'))
try {
  const bundles = await bundleHandlers(folder)
  const codeOf = (name: HandlerName) => {
    const bundle = bundles[name]
    if (!bundle) throw new Error(`lambdas/handlers/${name}.ts is missing`)
    return bundle.folder
  }
  const names = Object.keys(functionSettings) as HandlerName[]
  const code = Object.fromEntries(names.map((name) => [name, codeOf(name)])) as Record<HandlerName, string>
  new OverlapStack(app, 'Overlap', { code, adminSecretArns: adminSecretArns(app) })
  app.synth()
} finally {
  await rm(folder, { recursive: true })
}

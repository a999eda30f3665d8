/**
 * What a deployment costs in a month, line by line, computed from templates: `npm run cost` prints the README's table.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { App } from 'aws-cdk-lib'
import { billOf } from './cost/bill.ts'
import { deployedIn } from './cost/deployed.ts'
import { type Fleet, fleetOf } from './cost/fleet-of.ts'
import { costTable } from './cost/table.ts'
import type { EnvironmentConfig } from './deployment.ts'
import { functionSettings } from './function-settings.ts'
import type { FunctionCode } from './overlap-function.ts'
import { addStacks } from './stacks.ts'

/** Secrets, and the VPCs in which their databases are. */
const sizes = [
  { secrets: 1, networks: 1, databases: 1 },
  { secrets: 400, networks: 3, databases: 12 },
  { secrets: 1000, networks: 3, databases: 12 },
]

const folder = await mkdtemp(path.join(tmpdir(), 'overlap-cost-'))
try {
  // What a function holds does not change what it costs.
  const stub = path.join(folder, 'code')
  await mkdir(stub)
  await writeFile(path.join(stub, 'index.js'), '')
  const code = Object.fromEntries(
    Object.keys(functionSettings).map((handler) => [handler, stub]),
  ) as FunctionCode
  const bill = (environment: EnvironmentConfig) => {
    const app = new App({ outdir: path.join(folder, environment.name) })
    addStacks(app, { environments: [environment] }, code)
    return billOf(deployedIn(app.synth().stacks.map(({ template }) => template)))
  }
  const columns = sizes.map((size) => {
    const fleet = (name: string, of: Pick<Fleet, 'egress' | 'mode'>) =>
      bill(fleetOf({ ...size, ...of, name: `${name}-${size.secrets}` }))
    return {
      ...size,
      bill: fleet('enforced', { egress: 'existing', mode: 'enforce' }),
      observed: fleet('observed', { egress: 'existing', mode: 'observe' }),
      withEndpoints: fleet('endpoints', { egress: 'endpoints', mode: 'enforce' }),
    }
  })
  console.log(costTable(columns))
} finally {
  await rm(folder, { recursive: true })
}

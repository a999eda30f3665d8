import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandlers } from '../../infra/bundling.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const cdk = path.join(
  path.dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')),
  'bin',
  'cdk',
)
interface Resource {
  readonly Properties?: Record<string, unknown>
  readonly Metadata: Record<string, string>
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-synth-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** Without credentials, an account, or anything that a developer's home may hold. */
function synth(...options: string[]): Promise<{ status: number; output: string }> {
  const environment = { PATH: process.env.PATH, HOME: folder, CI: 'true' }
  const parameters = [cdk, 'synth', '--quiet', '--output', path.join(folder, 'cdk.out'), ...options]
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd: project, env: environment }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
    )
  })
}

// Two programs start one another and bundle everything, which takes its time on a busy machine.
describe('cdk synth', { timeout: 300_000 }, () => {
  it('needs no account, and deploys the very bundles that the sandbox runs', async () => {
    expect(await synth()).toMatchObject({ status: 0 })

    const { Resources } = JSON.parse(
      await readFile(path.join(folder, 'cdk.out', 'Overlap-production.template.json'), 'utf8'),
    )
    const bundles = await bundleHandlers(path.join(folder, 'bundles'))
    // No consumer in that file needs these.
    const undeployed = new Set(['acknowledge', 'rollout-kubernetes'])
    for (const [name, bundle] of Object.entries(bundles)) {
      const deployed = Object.values<Resource>(Resources).find(({ Properties }) =>
        String(Properties?.FunctionName).startsWith(`overlap-${name}`),
      )
      expect(deployed === undefined, name).toBe(undeployed.has(name))
      if (deployed === undefined) continue
      const asset = path.join(folder, 'cdk.out', deployed.Metadata['aws:asset:path'] ?? '', 'index.js')
      expect((await readFile(asset)).equals(await readFile(bundle.file))).toBe(true)
    }
  })

  it('fails when the app fails', async () => {
    const { status, output } = await synth('-c', 'config=package.json')
    expect(status).not.toBe(0)
    expect(output).toContain('CONFIG_UNREADABLE')
  })
})

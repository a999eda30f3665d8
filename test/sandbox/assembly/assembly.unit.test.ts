import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAssembly } from '../../../sandbox/assembly/assembly.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlap-assembly-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content))

const stackArtifact = (templateFile: string, dependencies: readonly string[] = []) => ({
  type: 'aws:cloudformation:stack',
  environment: 'aws://123456789012/eu-central-1',
  properties: { templateFile },
  dependencies,
})

/** Two stacks, listed in the wrong order. */
function writeAssembly(
  template: Readonly<Record<string, unknown>> = {},
  artifacts: Readonly<Record<string, unknown>> = {},
): void {
  write('manifest.json', {
    artifacts: {
      'Overlap-shop': stackArtifact('shop.json', ['Overlap']),
      Overlap: stackArtifact('overlap.json', ['Overlap.assets']),
      'Overlap.assets': { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      Tree: { type: 'cdk:tree' },
      ...artifacts,
    },
  })
  write('overlap.json', { Resources: { Sweep: { Type: 'AWS::Lambda::Function' } }, Rules: {}, ...template })
  write('shop.json', { Resources: {}, Outputs: { Result: { Value: 'ready' } } })
  write('assets.json', {
    files: {
      abc: { source: { path: 'asset.abc' }, destinations: { here: { objectKey: 'abc.zip' } } },
    },
  })
}

describe('an assembly', () => {
  it('gives its stacks in the order in which they need each other, with their assets', () => {
    writeAssembly()

    expect(readAssembly(folder)).toEqual([
      {
        name: 'Overlap',
        account: '123456789012',
        region: 'eu-central-1',
        resources: { Sweep: { Type: 'AWS::Lambda::Function' } },
        outputs: {},
        assets: { 'abc.zip': join(folder, 'asset.abc') },
      },
      expect.objectContaining({ name: 'Overlap-shop', outputs: { Result: { Value: 'ready' } }, assets: {} }),
    ])
  })

  it.each<readonly [string, object, object, string]>([
    ['a section', { Conditions: {} }, {}, 'stack Overlap: the sandbox does not know Conditions'],
    [
      'an attribute of a resource',
      { Resources: { Sweep: { Type: 'AWS::Lambda::Function', Condition: 'Sometimes' } } },
      {},
      'Sweep: the sandbox does not know Condition',
    ],
    [
      'a kind of artifact',
      {},
      { Nested: { type: 'cdk:cloud-assembly' } },
      'artifact Nested: the sandbox does not',
    ],
    [
      'a stack of no account in particular',
      {},
      { Overlap: { ...stackArtifact('overlap.json'), environment: 'aws://unknown-account/unknown-region' } },
      'stack Overlap: the sandbox needs an account and a Region',
    ],
  ])('is refused for %s that nobody has thought of', (_, template, artifacts, message) => {
    writeAssembly({ ...template }, { ...artifacts })
    expect(() => readAssembly(folder)).toThrow(message)
  })
})

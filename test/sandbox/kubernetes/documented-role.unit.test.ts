import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { documentedRole } from '../../../sandbox/kubernetes/access.ts'

const page = readFileSync(new URL('../../../docs/kubernetes.md', import.meta.url), 'utf8')
const rule = /- apiGroups: \[(.*)\]\n +resources: \[(.*)\]\n(?: +resourceNames: .*\n)? +verbs: \[(.*)\]/g

it('the sandbox grants what the guide has people grant', () => {
  const words = (text = '') => text.split(', ')
  const told = [...page.matchAll(rule)].flatMap(([, group, resources, verbs]) =>
    words(resources).map((one) => [group === 'apps' ? `${one}.apps` : one, words(verbs)]),
  )
  const granted = documentedRole.flatMap(({ resources, verbs }) => resources.map((one) => [one, verbs]))
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(granted))
})

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { run } from '../../cli/program.ts'
import type { Standing } from '../../lambdas/operate/standing.ts'
import { nextCommand as commandOfStatus } from '../../lambdas/operate/status-words.ts'
import { nextCommand as commandOfAlarm } from '../../lambdas/report/next-step.ts'
import { inventoryCommand } from '../../lambdas/report/untold.ts'
import { eventRollout } from '../../lambdas/rollout/event.ts'
import * as wayOut from '../../lambdas/rotation/way-out.ts'
import * as wayOn from '../../lambdas/sweep/way-on.ts'

/* Whoever is woken pastes what a message says. What the command line does not take is no help to anybody. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const shop = { name: 'shop/app', arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/app-AbCdEf' }
const spaced = { ...shop, name: 'a name of many words' }
const deployment = 'payments'
const named = { ...shop, deployment }
const resting: Standing = {
  phase: 'at-rest',
  mode: 'enforce',
  rotation: 'on',
  leaked: [],
  replicasBehind: [],
  unknown: [],
}
const stuck = { reason: 'STILL_USED', sentence: '' }

/** What a file prints, each of its commands once at least. */
const printed: Readonly<Record<string, () => Promise<readonly (string | undefined)[]>>> = {
  'rotation/way-out.ts': async () => [
    wayOut.releaseCommand(shop, deployment),
    wayOut.provisionCommand(spaced, deployment),
    wayOut.acknowledgeCommand(shop, 'manual:main frame', deployment),
    wayOut.rollbackCommand(shop, "-a version's id", deployment),
  ],
  'sweep/way-on.ts': async () => [
    wayOn.statusCommand(shop, deployment),
    wayOn.despiteCommand(shop, ['--all@10.0.0.7', "it's@local"], 'REASON', deployment),
    wayOn.leakedCommand(shop, deployment),
  ],
  'rollout/event.ts': async () => {
    const rollout = eventRollout(async () => undefined, deployment)
    const goal = { secretId: shop.arn, versionId: 'v', since: 0, created: 0 }
    const { detail = '' } = await rollout.progress({ kind: 'event', name: 'billing' }, goal)
    return [detail.slice(detail.indexOf('npm run'))]
  },
  'report/next-step.ts': async () =>
    ['CURRENT_REFUSED', 'PENDING_REFUSED', 'USER_MISSING', 'ON_HOLD', 'STILL_USED'].map((reason) =>
      commandOfAlarm(reason, shop.name, deployment),
    ),
  'report/untold.ts': async () =>
    [undefined, 'team of many'].map((owner) =>
      inventoryCommand({ findings: 'due', ...(owner === undefined ? {} : { owner }) } as never, deployment),
    ),
  'operate/status-words.ts': async () => [
    commandOfStatus({ ...resting, current: 'v', leaked: ['v'], stuck }, named),
    commandOfStatus({ ...resting, stuck }, named),
    commandOfStatus({ ...resting, phase: 'rotating' }, named),
  ],
  'operate/doubted-evidence.ts': async () => templatesIn('operate/doubted-evidence.ts'),
  'operate/leave.ts': async () => templatesIn('operate/leave.ts'),
  'operate/leaked.ts': async () => templatesIn('operate/leaked.ts'),
  'report/message.ts': async () => ['status', 'check'].map((word) => `npm run overlap -- ${word} SECRET`),
  'inventory/path.ts': async () =>
    ['check', 'release'].map((word) => `npm run overlap -- ${word} ${shop.name}`),
}

function textOf(file: string): string {
  return readFileSync(path.join(root, 'lambdas', file), 'utf8')
}

/** Commands as they are written down in a file, with a word for each part that varies. */
function templatesIn(file: string): readonly string[] {
  const found = [...textOf(file).matchAll(/`((?:leaked|leave|status|retire) \$\{[^`]*)`/g)]
  return found.map(([, template = '']) => `npm run overlap -- ${template.replace(/\$\{[^}]*\}/g, 'word')}`)
}

/** As a shell splits it. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_all, quoted, escaped) => quoted ?? escaped),
  )
}

/** Takes the command line this? What it says otherwise. */
async function taken(command: string): Promise<string> {
  const asked: object[] = []
  let said = ''
  const [, , , , ...args] = wordsOf(command)
  await run(args, {
    out: () => undefined,
    err: (text) => {
      said += text
    },
    ask: async (_deployment, request) => {
      asked.push(request)
      return { results: [{ secret: shop.arn, name: shop.name, outcome: 'done' }] }
    },
    inventory: async (wanted) => {
      asked.push(wanted)
      return 0
    },
    by: 'ann@desk',
    now: () => 0,
  })
  return asked.length > 0 ? 'taken' : said
}

describe('a command that a message prints', () => {
  it.each(Object.keys(printed))('is one that the command line takes: %s', async (file) => {
    const commands = (await printed[file]?.()) ?? []
    expect(commands.length).toBeGreaterThan(0)
    for (const command of commands) {
      expect(command).toMatch(/^npm run overlap -- \w/)
      expect(await taken(command ?? ''), command).toBe('taken')
    }
  })

  it('is asked about here, wherever it is printed', () => {
    const printing = readdirSync(path.join(root, 'lambdas'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && /\boverlapCommand\(/.test(textOf(file)),
    )
    expect(printing.toSorted()).toEqual(
      Object.keys(printed)
        .filter((file) => file !== 'rollout/event.ts')
        .toSorted(),
    )
  })

  it.each(['acknowledge shop/app event:billing', 'leaked shop/app', 'drop shop/app'])(
    'would be found out if it were not: %s',
    async (words) => {
      expect(await taken(`npm run overlap -- ${words}`)).not.toBe('taken')
    },
  )
})

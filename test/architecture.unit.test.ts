import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['lambdas', 'infra', 'sandbox', 'client', 'cli', 'bench', 'examples', 'test']

/** Path from the root, with `/`, to text. */
type Sources = ReadonlyMap<string, string>

function readSources(): Sources {
  const files = folders.flatMap((folder) => filesIn(folder))
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]))
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')

const importing = /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g

/** What a file imports, type imports and `import()` included: a path from the root, or a package's name. */
function importsOf(file: string, text: string): readonly string[] {
  return [...withoutComments(text).matchAll(importing)]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((name) => (name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name))
}

const within = (...places: string[]) => {
  const isWithin = (file: string) => places.some((place) => file === place || file.startsWith(`${place}/`))
  return isWithin
}
const isOurs = within(...folders)

/** Files that decide and do nothing else; what they may build on is in the list too. */
const pure = [
  'lambdas/rotation/plan.ts',
  'lambdas/adapters/adapter.ts',
  'lambdas/adapters/iam-access-key/attribution.ts',
  'lambdas/adapters/iam-access-key/intent-tag.ts',
  'lambdas/adapters/iam-access-key/record-tag.ts',
  'lambdas/adapters/iam-access-key/version-text.ts',
  'lambdas/adapters/keys/ago.ts',
  'lambdas/adapters/keys/classify.ts',
  'lambdas/adapters/keys/codec.ts',
  'lambdas/adapters/keys/options.ts',
  'lambdas/adapters/keys/place.ts',
  'lambdas/adapters/keys/placed-key.ts',
  'lambdas/adapters/keys/written-version.ts',
  'lambdas/evidence/accepted.ts',
  'lambdas/evidence/journal.ts',
  'lambdas/evidence/ladder.ts',
  'lambdas/evidence/looks.ts',
  'lambdas/evidence/postgres-log.ts',
  'lambdas/evidence/quarantine.ts',
  'lambdas/evidence/read-record.ts',
  'lambdas/evidence/record.ts',
  'lambdas/evidence/record-line.ts',
  'lambdas/evidence/used-at.ts',
  'lambdas/evidence/watcher.ts',
  'lambdas/evidence/witnesses.ts',
  'lambdas/rollout/consumer.ts',
  'lambdas/rollout/rollout.ts',
  'lambdas/rollout/kubernetes-cluster.ts',
  'lambdas/rollout/kubernetes-progress.ts',
  'lambdas/rollout/kubernetes-rules.ts',
  'lambdas/rollout/kubernetes-stamp.ts',
  'lambdas/rollout/kubernetes-synced.ts',
  'lambdas/sweep/action.ts',
  'lambdas/sweep/drain.ts',
  'lambdas/rollout/consumer-functions.ts',
  'lambdas/rollout/ecs-progress.ts',
  'lambdas/rollout/ecs-services.ts',
  'lambdas/rollout/lambda-progress.ts',
  'lambdas/rollout/request.ts',
  'lambdas/sweep/due.ts',
  'lambdas/sweep/event.ts',
  'lambdas/sweep/lateness.ts',
  'lambdas/sweep/leak.ts',
  'lambdas/sweep/next-action.ts',
  'lambdas/sweep/nomination.ts',
  'lambdas/sweep/overdue.ts',
  'lambdas/sweep/replica.ts',
  'lambdas/sweep/sight.ts',
  'lambdas/sweep/staleness.ts',
  'lambdas/sweep/state.ts',
  'lambdas/sweep/stuck.ts',
  'lambdas/sweep/way-on.ts',
  'lambdas/lease/lease.ts',
  'lambdas/report/alarm-change.ts',
  'lambdas/report/findings.ts',
  'lambdas/report/message.ts',
  'lambdas/report/error-steps.ts',
  'lambdas/report/late-steps.ts',
  'lambdas/report/next-step.ts',
  'lambdas/report/step.ts',
  'lambdas/report/stuck-steps.ts',
  'lambdas/report/plain-text.ts',
  'lambdas/report/reported-alarm.ts',
  'lambdas/report/told-finding.ts',
  'lambdas/report/untold.ts',
  'lambdas/report/window.ts',
  'lambdas/rotation/errors.ts',
  'lambdas/rotation/event.ts',
  'lambdas/rotation/hold.ts',
  'lambdas/rotation/leaked.ts',
  'lambdas/rotation/minting.ts',
  'lambdas/rotation/policy.ts',
  'lambdas/rotation/secret-name.ts',
  'lambdas/rotation/secret-store.ts',
  'lambdas/rotation/severity.ts',
  'lambdas/rotation/way-out.ts',
  'lambdas/rotation/at-rest.ts',
  'lambdas/rotation/secret-tags.ts',
  'lambdas/operate/labels.ts',
  'lambdas/operate/moment.ts',
  'lambdas/operate/obstacles.ts',
  'lambdas/operate/request.ts',
  'lambdas/operate/rung-words.ts',
  'lambdas/operate/sighting-words.ts',
  'lambdas/operate/standing.ts',
  'lambdas/operate/status-words.ts',
  'lambdas/operate/use-words.ts',
  'lambdas/adopt/event.ts',
  'lambdas/sweep/listed-secret.ts',
  'lambdas/inventory/access-key.ts',
  'lambdas/inventory/age.ts',
  'lambdas/inventory/age-line.ts',
  'lambdas/inventory/age-words.ts',
  'lambdas/inventory/config-entry.ts',
  'lambdas/inventory/entry.ts',
  'lambdas/inventory/figures.ts',
  'lambdas/inventory/html.ts',
  'lambdas/inventory/judge.ts',
  'lambdas/inventory/managed.ts',
  'lambdas/inventory/ours.ts',
  'lambdas/inventory/left-behind.ts',
  'lambdas/inventory/owner.ts',
  'lambdas/inventory/path.ts',
  'lambdas/inventory/recorded-key.ts',
  'lambdas/inventory/report-link.ts',
  'lambdas/inventory/report-order.ts',
  'lambdas/inventory/report-page.ts',
  'lambdas/inventory/report-rows.ts',
  'lambdas/inventory/report-script.ts',
  'lambdas/inventory/report-style.ts',
  'lambdas/inventory/report-summary.ts',
  'lambdas/inventory/report-words.ts',
  'lambdas/inventory/states.ts',
  'lambdas/inventory/thresholds.ts',
  'lambdas/inventory/widget.ts',
  'lambdas/inventory/widget-description.ts',
  'lambdas/inventory/widget-request.ts',
  'lambdas/inventory/widget-style.ts',
]

/** Files that declare a text of their own to be markup. */
const markup = [
  'lambdas/inventory/html.ts',
  'lambdas/inventory/report-page.ts',
  'lambdas/inventory/widget-style.ts',
]

/** What a provider of keys must look like is asked at synth, too. */
const ofDefinitions = within(
  ...[
    'addresses',
    'deployed-provider',
    'fields',
    'placeholders',
    'pointers',
    'provider',
    'template',
    'validation',
  ].map((file) => `lambdas/adapters/http-api-key/${file}.ts`),
  'lambdas/adapters/http-api-key/definitions',
)

interface Rule {
  readonly rule: string
  readonly holdsFor: (file: string) => boolean
  /** May the file import this? */
  readonly allows: (imported: string, file: string) => boolean
}

const rules: readonly Rule[] = [
  {
    rule: 'rotation knows interfaces alone',
    holdsFor: within('lambdas/rotation'),
    allows: (imported) =>
      isOurs(imported)
        ? within('lambdas/rotation', 'lambdas/adapters/adapter.ts', 'lambdas/rollout/consumer.ts')(imported)
        : imported === 'node:crypto' || imported.startsWith('@aws-lambda-powertools/'),
  },
  {
    rule: 'the sweep builds on rotation and on no client',
    holdsFor: within('lambdas/sweep'),
    allows: within(
      'lambdas/sweep',
      'lambdas/rotation',
      'lambdas/adapters/adapter.ts',
      'lambdas/evidence/journal.ts',
      'lambdas/evidence/accepted.ts',
      'lambdas/evidence/quarantine.ts',
      'lambdas/evidence/record.ts',
      'lambdas/evidence/used-at.ts',
      'lambdas/evidence/watcher.ts',
      'lambdas/rollout/acknowledged.ts',
      'lambdas/rollout/consumer.ts',
      'lambdas/rollout/rollout.ts',
      'node:crypto',
      'croner',
    ),
  },
  {
    rule: 'evidence builds on interfaces and on no client',
    holdsFor: within('lambdas/evidence'),
    allows: within('lambdas/evidence', 'lambdas/rotation/errors.ts', 'lambdas/adapters/adapter.ts'),
  },
  {
    rule: 'rolling out builds on rotation and on no client',
    holdsFor: within('lambdas/rollout'),
    allows: within('lambdas/rollout', 'lambdas/rotation', 'node:crypto'),
  },
  {
    rule: 'the report builds on rotation and on no client',
    holdsFor: within('lambdas/report'),
    allows: within('lambdas/report', 'lambdas/rotation'),
  },
  {
    rule: 'the inventory builds on rotation and the sweep, and on no client',
    holdsFor: within('lambdas/inventory'),
    allows: within('lambdas/inventory', 'lambdas/rotation', 'lambdas/sweep', 'node:crypto'),
  },
  {
    rule: 'what deployments ask for builds on rotation, on what the sweep has besides, and on no client',
    holdsFor: within('lambdas/adopt'),
    allows: within(
      'lambdas/adopt',
      'lambdas/rotation',
      'lambdas/sweep/environment.ts',
      'lambdas/sweep/visiting.ts',
      'lambdas/sweep/pace.ts',
      'lambdas/sweep/state.ts',
    ),
  },
  {
    rule: 'what people ask for is decided as the sweep decides, on interfaces, and builds on no client',
    holdsFor: within('lambdas/operate'),
    allows: within(
      'lambdas/operate',
      'lambdas/rotation',
      'lambdas/adapters/adapter.ts',
      'lambdas/evidence/journal.ts',
      'lambdas/evidence/record.ts',
      'lambdas/evidence/used-at.ts',
      'lambdas/evidence/watcher.ts',
      'lambdas/rollout/acknowledged.ts',
      'lambdas/rollout/consumer.ts',
      'lambdas/rollout/environment.ts',
      'lambdas/rollout/rollout.ts',
      'lambdas/sweep/consumers.ts',
      'lambdas/sweep/drain.ts',
      'lambdas/sweep/due.ts',
      'lambdas/sweep/environment.ts',
      'lambdas/sweep/memory.ts',
      'lambdas/sweep/next-action.ts',
      'lambdas/sweep/overdue.ts',
      'lambdas/sweep/pace.ts',
      'lambdas/sweep/sight.ts',
      'lambdas/sweep/state.ts',
      'lambdas/sweep/lateness.ts',
      'lambdas/sweep/stuck.ts',
      'lambdas/sweep/visiting.ts',
      'lambdas/sweep/way-on.ts',
    ),
  },
  {
    rule: 'the command line reaches a deployment through Lambda alone, and shares no code with it',
    holdsFor: (file) => within('cli')(file) && !within('cli/inventory')(file),
    allows: (imported) =>
      within('cli')(imported) ||
      imported.startsWith('node:') ||
      ['commander', '@aws-sdk/client-lambda'].includes(imported),
  },
  {
    rule: 'an inventory in a terminal is judged as in a deployment, and lists what there is itself',
    holdsFor: within('cli/inventory'),
    allows: (imported) =>
      within(
        'cli',
        'lambdas/inventory',
        'lambdas/aws/secret-list.ts',
        'lambdas/aws/version-dates.ts',
        'lambdas/aws/access-keys.ts',
        'lambdas/sweep/environment.ts',
        'lambdas/rotation/environment.ts',
        'lambdas/rotation/errors.ts',
      )(imported) ||
      imported.startsWith('node:') ||
      [
        'commander',
        'cli-table3',
        'csv-stringify/sync',
        'string-width',
        '@aws-sdk/client-iam',
        '@aws-sdk/client-lambda',
        '@aws-sdk/client-secrets-manager',
      ].includes(imported),
  },
  {
    rule: 'only handlers name a concrete adapter',
    holdsFor: (file) =>
      within('lambdas', 'client', 'cli')(file) && !within('lambdas/handlers', 'lambdas/adapters')(file),
    allows: (imported) => !within('lambdas/adapters')(imported) || imported === 'lambdas/adapters/adapter.ts',
  },
  {
    rule: 'an adapter never calls Secrets Manager for the secret that it rotates',
    holdsFor: within('lambdas/adapters'),
    allows: (imported) =>
      !within('lambdas/aws', 'lambdas/rotation/secret-store.ts', 'lambdas/rotation/engine.ts')(imported) &&
      imported !== '@aws-sdk/client-secrets-manager',
  },
  {
    rule: 'what rotates keys knows no place that keeps them, and no client',
    holdsFor: within('lambdas/adapters/keys'),
    allows: within(
      'lambdas/adapters/keys',
      'lambdas/adapters/adapter.ts',
      'lambdas/rotation/errors.ts',
      'node:crypto',
    ),
  },
  {
    rule: 'nobody imports a handler',
    holdsFor: within('lambdas', 'client', 'cli', 'infra', 'sandbox'),
    allows: (imported) => !within('lambdas/handlers')(imported),
  },
  {
    rule: 'only lambdas/aws calls Kubernetes',
    holdsFor: (file) => within('lambdas', 'infra', 'cli', 'sandbox')(file) && !within('lambdas/aws')(file),
    allows: (imported) => !imported.startsWith('@kubernetes/'),
  },
  {
    rule: 'only lambdas/aws calls AWS, and adapters know the types of its answers',
    holdsFor: (file) => within('lambdas')(file) && !within('lambdas/aws', 'lambdas/adapters')(file),
    allows: (imported) => !imported.startsWith('@aws-sdk/'),
  },
  {
    rule: 'what decides does no I/O',
    holdsFor: (file) => pure.includes(file),
    allows: (imported) => pure.includes(imported) || imported === 'node:crypto',
  },
  {
    rule: 'what a provider must look like is decided without asking anybody',
    holdsFor: ofDefinitions,
    allows: (imported) =>
      ofDefinitions(imported) || ['lambdas/rotation/errors.ts', 'jsonpointer', 'node:net'].includes(imported),
  },
  {
    rule: 'client knows nothing of lambdas',
    holdsFor: within('client'),
    allows: (imported) => !within('lambdas')(imported),
  },
  {
    // What the functions would refuse at every invocation is refused at synth, by the very same code, which asks nobody anything.
    rule: 'infra names handlers by path only, and asks of their code nothing but what a provider must look like',
    holdsFor: within('infra'),
    allows: (imported, file) =>
      !within('lambdas')(imported) ||
      imported === 'lambdas/adapters/http-api-key/provider.ts' ||
      (imported === 'lambdas/adapters/http-api-key/deployed-provider.ts' &&
        file === 'infra/checks/provider.ts'),
  },
  {
    rule: 'an example builds on infra alone, as its reader would',
    holdsFor: within('examples'),
    allows: (imported) => !isOurs(imported) || within('infra', 'examples')(imported),
  },
  {
    rule: 'what is checked before a synthesis does no I/O',
    holdsFor: within('infra/checks'),
    allows: (imported) => !imported.startsWith('node:'),
  },
  {
    rule: 'sandbox reaches functions only through bundles and HTTP',
    holdsFor: within('sandbox'),
    allows: (imported) => !within('lambdas')(imported),
  },
  {
    rule: 'sandbox reads what synth wrote, and of infra only the form of a configuration and how functions are bundled',
    holdsFor: within('sandbox'),
    allows: (imported) =>
      !within('infra')(imported) || within('infra/bundling.ts', 'infra/deployment.ts')(imported),
  },
  {
    rule: 'what is deployed or shipped knows nothing of the sandbox, the tests and the benchmark',
    holdsFor: within('lambdas', 'infra', 'client', 'cli'),
    allows: (imported) => !within('sandbox', 'test', 'bench')(imported),
  },
  {
    rule: 'the sandbox knows nothing of the tests and the benchmark',
    holdsFor: within('sandbox'),
    allows: (imported) => !within('test', 'bench')(imported),
  },
]

const badName = /(^|[/-])(index|utils?|helpers?|commons?|misc)([/.-]|$)/

/** Every way in which these sources break a rule, as sentences. */
function offences(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) => [
    ...rules
      .filter(({ holdsFor }) => holdsFor(file))
      .flatMap(({ rule, allows }) =>
        importsOf(file, text)
          .filter((imported) => !allows(imported, file))
          .map((imported) => `${file} imports ${imported}: ${rule}`),
      ),
    ...(badName.test(file) ? [`${file}: a file is named for what it holds`] : []),
    ...offencesInText(file, withoutComments(text)),
  ])
}

const loadingSdk = /^(?:import|export)(?! type\b)[^'"`;]*['"]@aws-sdk\/|\bimport\(\s*['"`]@aws-sdk\//m

function offencesInText(file: string, text: string): readonly string[] {
  const told: string[] = []
  if (within('lambdas/adapters')(file) && loadingSdk.test(text))
    told.push(`${file}: only lambdas/aws calls AWS`)
  if (within('lambdas/handlers')(file) && text.trimEnd().split('\n').length > 20)
    told.push(`${file}: a handler is at most 20 lines`)
  if (within('lambdas/adapters')(file) && /['"`](AWSCURRENT|AWSPENDING|AWSPREVIOUS|DRAINING)['"`]/.test(text))
    told.push(`${file}: an adapter never sees a staging label`)
  if (within('lambdas/sweep')(file) && /\.read\(|GetSecretValue/.test(text))
    told.push(`${file}: the sweep never reads a value`)
  if (
    within('lambdas/inventory', 'lambdas/aws/secret-list.ts', 'lambdas/aws/access-keys.ts')(file) &&
    /\.read\(|GetSecretValue/.test(text)
  )
    told.push(`${file}: the inventory never reads a value`)
  if (/\bnew Html\(/.test(text) && within('lambdas', 'cli')(file) && !markup.includes(file))
    told.push(`${file}: markup comes from a template, which escapes what others wrote`)
  if (
    within('lambdas/operate', 'lambdas/adopt', 'cli')(file) &&
    /(?<!\bjournal)\.read\(|GetSecretValue/.test(text)
  )
    told.push(`${file}: whoever operates a deployment never reads a value`)
  if (
    (within('lambdas/rollout')(file) || /^lambdas\/aws\/(ecs|consumer|rollout|kubernetes|eks)-/.test(file)) &&
    /GetSecretValue|PutSecretValue/.test(text)
  )
    told.push(`${file}: what rolls out never reads a value`)
  if (pure.includes(file) && /\bawait\b|\bDate\.now\(|\bnew Date\(\)|\bprocess\.|\bMath\.random\(/.test(text))
    told.push(`${file}: what decides is given the time and waits for nothing`)
  if (
    pure.includes(file) &&
    text.replace("import { createHash } from 'node:crypto'", '').includes('node:crypto')
  )
    told.push(`${file}: what decides may hash, and draws no lots`)
  return told
}

describe('the architecture', () => {
  const sources = readSources()

  it('is held by every source', () => {
    expect(offences(sources)).toEqual([])
  })

  it('is read completely: every import leads to a source or to a package', () => {
    const unresolved = [...sources]
      .filter(([file]) => !within('test')(file))
      .flatMap(([file, text]) => importsOf(file, text))
      .filter((imported) => isOurs(imported) && imported.endsWith('.ts') && !sources.has(imported))
    expect(unresolved).toEqual([])
    const edges = [...sources].reduce((sum, [file, text]) => sum + importsOf(file, text).length, 0)
    expect(sources.size).toBeGreaterThan(100)
    expect(edges).toBeGreaterThan(sources.size)
  })

  it.each([
    ['lambdas/rotation/engine.ts', "import { x } from '../adapters/postgres.ts'", 'interfaces alone'],
    ['lambdas/rotation/engine.ts', "import type { X } from '../aws/secret-store.ts'", 'interfaces alone'],
    ['lambdas/rotation/engine.ts', "import pg from 'pg'", 'interfaces alone'],
    ['lambdas/sweep/sweep.ts', "import { x } from '@aws-sdk/client-lambda'", 'no client'],
    ['lambdas/sweep/gather.ts', 'await store.read(secretId, versionId)', 'never reads a value'],
    ['lambdas/sweep/sweep.ts', "import { x } from '../inventory/census.ts'", 'builds on rotation'],
    ['lambdas/sweep/watch.ts', "import { watcher } from '../evidence/watch.ts'", 'builds on rotation'],
    ['lambdas/sweep/consumers.ts', "import { x } from '../rollout/ecs.ts'", 'builds on rotation'],
    ['lambdas/sweep/drain.ts', "import { x } from './memory.ts'", 'no I/O'],
    ['lambdas/rotation/policy.ts', "import { x } from '../rollout/ecs.ts'", 'interfaces alone'],
    ['lambdas/evidence/watch.ts', "import { x } from '../aws/journal.ts'", 'no client'],
    ['lambdas/evidence/watch.ts', "import { x } from '@aws-sdk/client-rds'", 'no client'],
    ['lambdas/evidence/ladder.ts', "import { watcher } from './watch.ts'", 'no I/O'],
    ['lambdas/evidence/ladder.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/inventory/judge.ts', "import { x } from '@aws-sdk/client-iam'", 'no client'],
    ['lambdas/inventory/gather.ts', "import { x } from '../aws/secret-list.ts'", 'no client'],
    ['lambdas/inventory/gather.ts', 'await store.read(secretId, versionId)', 'never reads a value'],
    ['lambdas/inventory/age.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/inventory/path.ts', "import { x } from './gather.ts'", 'no I/O'],
    ['lambdas/inventory/widget.ts', "import { x } from './widget-handler.ts'", 'no I/O'],
    ['lambdas/inventory/report-rows.ts', 'const cell = new Html(entry.name)', 'comes from a template'],
    ['lambdas/aws/secret-list.ts', 'new GetSecretValueCommand({})', 'never reads a value'],
    ['lambdas/rollout/ecs.ts', "import { x } from '@aws-sdk/client-ecs'", 'no client'],
    ['lambdas/rollout/ecs.ts', "import { x } from '../aws/ecs-services.ts'", 'no client'],
    ['lambdas/rollout/ecs.ts', "import { x } from '../sweep/state.ts'", 'builds on rotation'],
    ['lambdas/rollout/ecs-progress.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/rollout/lambda-progress.ts', "import { x } from './lambda-function.ts'", 'no I/O'],
    ['lambdas/aws/ecs-services.ts', 'new GetSecretValueCommand({})', 'never reads a value'],
    ['lambdas/report/report.ts', "import { x } from '@aws-sdk/client-sns'", 'no client'],
    ['lambdas/report/report.ts', "import { x } from '../sweep/sweep.ts'", 'on rotation'],
    ['lambdas/report/message.ts', 'const now = new Date()', 'given the time'],
    ['lambdas/operate/leave.ts', "import { x } from '../aws/secret-tags.ts'", 'no client'],
    ['lambdas/operate/status.ts', "import { x } from '../sweep/act.ts'", 'on interfaces'],
    ['lambdas/operate/status.ts', "import { watcher } from '../evidence/watch.ts'", 'on interfaces'],
    ['lambdas/operate/status.ts', "import { x } from '../rollout/ecs.ts'", 'on interfaces'],
    ['lambdas/operate/status-words.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/operate/standing.ts', "import { x } from './remembered.ts'", 'no I/O'],
    ['lambdas/operate/leaked.ts', 'await store.read(secretId, versionId)', 'never reads a value'],
    ['lambdas/operate/leaked.ts', 'await secrets.journal_.read(secretId)', 'never reads a value'],
    ['lambdas/adopt/adopt.ts', "import { x } from '../operate/leave.ts'", 'no client'],
    ['lambdas/adopt/adopt.ts', 'await store.read(secretId, versionId)', 'never reads a value'],
    ['cli/overlap.ts', "import type { Entry } from '../lambdas/operate/entry.ts'", 'through Lambda alone'],
    ['cli/overlap.ts', "import { x } from '@aws-sdk/client-secrets-manager'", 'through Lambda alone'],
    ['cli/inventory/sources.ts', "import { x } from '../../lambdas/aws/secret-store.ts'", 'itself'],
    ['cli/inventory/sources.ts', "import { x } from '../../lambdas/rotation/engine.ts'", 'itself'],
    ['cli/inventory/sources.ts', 'new GetSecretValueCommand({})', 'never reads a value'],
    ['lambdas/aws/clients.ts', "export * from '../adapters/mysql.ts'", 'concrete adapter'],
    [
      'lambdas/adapters/mysql.ts',
      "import type { S } from '../rotation/secret-store.ts'",
      'never calls Secrets',
    ],
    ['lambdas/adapters/keys/adapter.ts', "import { x } from '../iam-access-key/iam.ts'", 'knows no place'],
    ['lambdas/adapters/keys/adapter.ts', "import { x } from '@aws-sdk/client-iam'", 'knows no place'],
    ['lambdas/adapters/keys/classify.ts', "import { x } from './other-keys.ts'", 'no I/O'],
    ['lambdas/adapters/keys/placed-key.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/adapters/iam-access-key/attribution.ts', "import { x } from './minting.ts'", 'no I/O'],
    ['lambdas/adapters/iam-access-key/intent-tag.ts', 'const now = Date.now()', 'given the time'],
    [
      'lambdas/adapters/http-api-key/validation.ts',
      "import { httpClient } from './http-client.ts'",
      'without asking anybody',
    ],
    [
      'lambdas/adapters/http-api-key/definitions/other.ts',
      "import { readFileSync } from 'node:fs'",
      'without asking anybody',
    ],
    ['lambdas/adapters/mysql.ts', "await import('@aws-sdk/client-secrets-manager')", 'never calls Secrets'],
    [
      'lambdas/adapters/mysql.ts',
      "import { RDSClient } from '@aws-sdk/client-rds'",
      'only lambdas/aws calls AWS',
    ],
    ['lambdas/adapters/mysql.ts', "await import('@aws-sdk/client-rds')", 'only lambdas/aws calls AWS'],
    ['lambdas/adapters/mysql.ts', "if (label === 'AWSPENDING') return", 'staging label'],
    [
      'lambdas/rollout/kubernetes.ts',
      "import { AppsV1Api } from '@kubernetes/client-node'",
      'only lambdas/aws calls Kubernetes',
    ],
    ['lambdas/rollout/kubernetes-rules.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/rotation/plan.ts', "import { readFile } from 'node:fs/promises'", 'no I/O'],
    ['lambdas/rotation/plan.ts', "import { rotate } from './engine.ts'", 'no I/O'],
    ['lambdas/sweep/next-action.ts', 'const now = Date.now()', 'given the time'],
    ['lambdas/sweep/state.ts', "import { createHash, randomUUID } from 'node:crypto'", 'draws no lots'],
    [
      'client/cached-secret.ts',
      "import type {\n  A,\n} from '../lambdas/rotation/plan.ts'",
      'knows nothing of lambdas',
    ],
    ['examples/existing-rds/app.ts', "import { x } from '../../lambdas/rotation/plan.ts'", 'infra alone'],
    ['infra/checks/arns.ts', "import { readFile } from 'node:fs/promises'", 'no I/O'],
    ['infra/app.ts', "import { handler } from '../lambdas/handlers/sweep.ts'", 'by path only'],
    [
      'infra/app.ts',
      "import { x } from '../lambdas/adapters/http-api-key/deployed-provider.ts'",
      'look like',
    ],
    [
      'infra/checks/provider.ts',
      "import { httpClient } from '../../lambdas/adapters/http-api-key/http-client.ts'",
      'look like',
    ],
    ['sandbox/demo.ts', "import type { Step } from '../lambdas/rotation/event.ts'", 'bundles and HTTP'],
    ['sandbox/demo.ts', "import '../test/fakes/secret.ts'", 'nothing of the tests'],
    ['sandbox/deployment/functions.ts', "import { Names } from '../../infra/names.ts'", 'what synth wrote'],
    [
      'lambdas/aws/clients.ts',
      "import { startPostgres } from '../../sandbox/postgres/server.ts'",
      'nothing of the sandbox',
    ],
    ['lambdas/handlers/rotate-mysql.ts', 'x()\n'.repeat(21), '20 lines'],
    ['lambdas/rotation/index.ts', '', 'named for what it holds'],
    ['lambdas/string-utils.ts', '', 'named for what it holds'],
    ['test/helpers/secret.ts', '', 'named for what it holds'],
  ])('would notice %s with %j', (file, text, rule) => {
    expect(offences(new Map([[file, text]]))).toContainEqual(expect.stringContaining(rule))
  })
})

describe('what is deployed', () => {
  /** The code of a handler's bundle, packages left out. What is imported and never called is shaken out of it. */
  async function codeOf(handler: string): Promise<string> {
    const { outputFiles } = await build({
      entryPoints: [path.join(root, 'lambdas/handlers', handler)],
      outdir: 'out',
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
    })
    return outputFiles.map(({ text }) => text).join('')
  }
  const handlers = filesIn('lambdas/handlers').map((file) => path.basename(file))
  const revokes = /function (retire|removing|reclaiming)\(|pg_terminate_backend/

  it.each(handlers.filter((file) => file.startsWith('rotate-')))(
    'as %s holds no code that revokes',
    async (file) => {
      const code = await codeOf(file)
      expect(code).toMatch(/function rotate\(/)
      expect(code).not.toMatch(revokes)
    },
  )

  it.each(handlers.filter((file) => file.startsWith('retire-')))('as %s holds no engine', async (file) => {
    const code = await codeOf(file)
    expect(code).toMatch(revokes)
    expect(code).not.toMatch(/function (rotate|finish|createSecret|alternatingUsers|singleUser|keyAdapter)\(/)
  })

  it('asks a provider of keys for nothing by which a key ends when it rotates, and for no key when it retires', async () => {
    const [rotating, retiring] = await Promise.all(
      ['rotate-http-api-key.ts', 'retire-http-api-key.ts'].map(codeOf),
    )
    expect(
      [/function httpMinting\(/, /function httpRevoking\(/].map((part) => part.test(rotating ?? '')),
    ).toEqual([true, false])
    expect(
      [/function httpMinting\(/, /function httpRevoking\(/].map((part) => part.test(retiring ?? '')),
    ).toEqual([false, true])
  })

  it('asks IAM for nothing by which a key ends when it rotates, and for no key when it retires', async () => {
    const shared = ['GetAccessKeyLastUsed', 'ListAccessKeys', 'ListUserTags', 'TagUser', 'UpdateAccessKey']
    const ofIam = /new (\w*(?:AccessKey|User)\w*)Command\(/g
    const askedBy = async (file: string) => {
      const code = await codeOf(file)
      const commands = new Set([...code.matchAll(ofIam)].map(([, name]) => name))
      return { commands: [...commands].toSorted(), states: code.match(/Status: "\w+"/g)?.toSorted() }
    }
    expect(await askedBy('rotate-iam-access-key.ts')).toEqual({
      commands: ['CreateAccessKey', ...shared],
      states: ['Status: "Active"'],
    })
    expect(await askedBy('retire-iam-access-key.ts')).toEqual({
      commands: [...shared, 'DeleteAccessKey', 'UntagUser'].toSorted(),
      states: ['Status: "Active"', 'Status: "Inactive"'],
    })
  })

  it('as the sweep rotates and retires only by asking', async () => {
    const code = await codeOf('sweep.ts')
    expect(code).not.toMatch(/function (rotate|retire)\(/)
    expect(code).not.toMatch(revokes)
  })

  it('as the report reads what others wrote, and touches no secret', async () => {
    const code = await codeOf('report.ts')
    expect(code).toMatch(/function report\(/)
    expect(code).toMatch(/DescribeSecretCommand/)
    expect(code).not.toMatch(/function (rotate|retire|sweep)\(/)
    expect(code).not.toMatch(revokes)
    expect(code).not.toMatch(/(Get|Put|Update|Rotate|Delete|Tag)\w*(Secret|Resource)\w*Command/)
  })

  it('as the inventory lists secrets and says when they were made, and neither reads a value nor changes anything', async () => {
    const code = await codeOf('inventory.ts')
    expect(code.match(/new \w+Command\(/g)?.sort()).toEqual([
      'new ListSecretVersionIdsCommand(',
      'new ListSecretsCommand(',
    ])
  })

  it.each(['operate.ts', 'view.ts', 'revoke.ts', 'acknowledge.ts', 'adopt.ts'])(
    'as %s revokes and publishes nothing, and reads no value: it asks',
    async (file) => {
      const code = await codeOf(file)
      expect(code).toMatch(/InvokeCommand/)
      expect(code).not.toMatch(/function (rotate|retire|finish)\(/)
      expect(code).not.toMatch(revokes)
      expect(code).not.toMatch(/new (GetSecretValue|PutSecretValue|UpdateSecretVersionStage)Command|PASSWORD/)
    },
  )

  it('as the rollout function looks at consumers, and changes of them only what has them start anew', async () => {
    const code = await codeOf('rollout.ts')
    expect(code.match(/new \w+Command\(/g)?.toSorted()).toEqual([
      'new DescribeServicesCommand(',
      'new DescribeTasksCommand(',
      'new GetAliasCommand(',
      'new GetFunctionConfigurationCommand(',
      'new GetProvisionedConcurrencyConfigCommand(',
      'new ListServiceDeploymentsCommand(',
      'new ListTasksCommand(',
      'new PublishVersionCommand(',
      'new PutEventsCommand(',
      'new UpdateAliasCommand(',
      'new UpdateFunctionConfigurationCommand(',
      'new UpdateServiceCommand(',
    ])
  })

  it('as the rollout of Kubernetes patches templates, lists, and of a Secret asks for metadata alone', async () => {
    const code = await codeOf('rollout-kubernetes.ts')
    const calls = new Set(code.match(/(?<=\b(apps|core)\.)\w+(?=\()/g))
    expect([...calls].toSorted()).toEqual([
      'listNamespacedControllerRevision',
      'listNamespacedPod',
      'listNamespacedReplicaSet',
      'patchNamespacedDaemonSet',
      'patchNamespacedDeployment',
      'patchNamespacedStatefulSet',
      'readNamespacedDaemonSet',
      'readNamespacedDeployment',
      'readNamespacedSecret',
      'readNamespacedStatefulSet',
    ])
    expect(code).toMatch(/as=\$\{kind\}/)
    expect(code).not.toMatch(/client-secrets-manager/)
  })

  it('has a rotation function and its counterpart', () => {
    expect(handlers).toEqual(expect.arrayContaining(['rotate-postgres.ts', 'retire-postgres.ts', 'sweep.ts']))
  })
})

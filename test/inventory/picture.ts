/** Draws docs/inventory.png: the report of a company's account at the sandbox, as Chromium shows it. `npx tsx test/inventory/picture.ts` */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { IAMClient } from '@aws-sdk/client-iam'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import { secretList } from '../../lambdas/aws/secret-list.ts'
import { versionDates } from '../../lambdas/aws/version-dates.ts'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { accessKeyEntries, secretEntries } from '../../lambdas/inventory/gather.ts'
import { isOverlaps } from '../../lambdas/inventory/ours.ts'
import { movableClock } from '../../sandbox/clock.ts'
import { managedSecrets } from '../../sandbox/company/managed.ts'
import { unmanagedSecrets } from '../../sandbox/company/unmanaged.ts'
import { users } from '../../sandbox/company/users.ts'
import { startIam } from '../../sandbox/iam/server.ts'
import { startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { findChromium, launchChromium } from './browser-chromium.ts'
import { wholePage } from './report-entries.ts'

/** The same every time. */
const place = { now: Date.parse('2026-11-25T12:00:00Z'), region: 'eu-central-1', accountId: '111122223333' }

async function entriesOfCompany(): Promise<readonly Entry[]> {
  const { now, region, accountId } = place
  const clock = movableClock(now)
  const secretsManager = await startSecretsManager({
    region,
    accountId,
    clock,
    functions: nobody,
  })
  const iam = await startIam({ accountId, region, clock })
  try {
    for (const secret of [...managedSecrets(place), ...unmanagedSecrets(place)]) secretsManager.seed(secret)
    for (const user of users(place)) iam.seed(user)
    const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' }
    const secretsClient = new SecretsManagerClient({ region, credentials, endpoint: secretsManager.url })
    const iamClient = new IAMClient({ region, credentials, endpoint: iam.url })
    const signal = () => AbortSignal.timeout(30_000)
    const unheard = (refusal: Error) => {
      throw refusal
    }
    const judging = {
      now,
      region,
      thresholds: DEFAULT_THRESHOLDS,
      deployment: undefined,
      isOurs: isOverlaps,
      ownerTags: [],
      exact: false,
    }
    const secrets = secretEntries(
      {
        secrets: () => secretList(secretsClient, signal),
        createdDates: (arn) => versionDates(secretsClient, arn, 'labelled', signal),
      },
      judging,
    )
    const keys = accessKeyEntries({ accessKeys: () => accessKeys(iamClient, unheard, signal) }, judging)
    const entries: Entry[] = []
    for await (const entry of secrets) entries.push(entry)
    for await (const entry of keys) entries.push(entry)
    return entries
  } finally {
    await Promise.all([secretsManager.close(), iam.close()])
  }
}

/** An inventory calls no function. */
const nobody = { exists: () => true, invoke: () => Promise.reject(new Error('nobody is called')) }

async function picture(page: string, file: string): Promise<void> {
  const program = findChromium()
  if (program === undefined)
    throw new Error('There is no Chromium: install it, or name it in OVERLAP_CHROMIUM.')
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-picture-'))
  const browser = await launchChromium(program)
  try {
    const source = path.join(folder, 'report.html')
    await writeFile(source, page)
    const tab = await browser.newPage({ viewport: { width: 1200, height: 1000 } })
    await tab.goto(pathToFileURL(source).href)
    await tab.locator('tbody tr', { hasText: 'crm/postgres' }).locator('summary').click()
    await tab.screenshot({ path: file })
  } finally {
    await browser.close()
    await rm(folder, { recursive: true })
  }
}

async function main(): Promise<void> {
  const { now: at, region, accountId: account } = place
  const page = wholePage(await entriesOfCompany(), {
    account,
    region,
    at,
    thresholds: DEFAULT_THRESHOLDS,
    narrowing: [],
    notes: [],
  })
  await picture(page, fileURLToPath(new URL('../../docs/inventory.png', import.meta.url)))
}

await main()

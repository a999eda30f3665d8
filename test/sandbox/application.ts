import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Entry } from '../../lambdas/operate/entry.ts'
import type { Credential } from '../../sandbox/demo/secret-reader.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { letPass } from '../../sandbox/time-passing.ts'
import { eventually } from './program.ts'

export const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000]
/** Of lives.config.ts: how often is looked who uses what drains. */
const SAMPLE_MS = 15 * MINUTE_MS

/** Lets time pass as it does: with a pass, and a look, each quarter of an hour. Milliseconds. */
export async function live(sandbox: Sandbox, ms: number, stepMs = SAMPLE_MS): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    await letPass(sandbox, Math.min(left, stepMs))
    await sandbox.settled()
  }
}

/** Milliseconds by the sandbox's clock; throws when it is not so within `within`. */
export async function livedUntil(
  sandbox: Sandbox,
  what: string,
  isSo: () => boolean | Promise<boolean>,
  within = 6 * HOUR_MS,
): Promise<number> {
  const from = sandbox.clock.now()
  while (!(await isSo())) {
    if (sandbox.clock.now() - from > within) throw new Error(`${within / HOUR_MS} h passed without ${what}`)
    await live(sandbox, SAMPLE_MS)
  }
  return sandbox.clock.now() - from
}

/** Nothing answers where a function finds what the variables name; returns what mends that. A server is asked until the function's time is nearly up. */
export function unreachable(
  { lambda }: Sandbox,
  functionName: string,
  elsewhere: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  timeoutSeconds?: number,
): () => void {
  const found = lambda.definitions().find(({ name }) => name === functionName)
  if (found === undefined) throw new Error(`there is no function ${functionName}`)
  const environment = { ...found.environment, ...elsewhere(found.environment) }
  lambda.register({ ...found, environment, timeoutSeconds: timeoutSeconds ?? found.timeoutSeconds })
  return () => void lambda.register(found)
}

/** An hour to drain and another in quarantine, the shortest that lives.config.ts allows. */
const SHORT = { 'overlap:mode': 'enforce', 'overlap:drain': '1h', 'overlap:quarantine': '1h' }

/** An application of its own in a sandbox: a user, its secret, and what somebody who reads it does and sees. */
export class Application {
  /** ARN. */
  readonly secretId: string
  readonly name: string
  /** Of the user that it began with; its partner's is the same with `_b`. */
  readonly username: string
  readonly #sandbox: Sandbox

  private constructor(sandbox: Sandbox, username: string, secretId: string) {
    this.#sandbox = sandbox
    this.username = username
    this.name = `lives/${username}`
    this.secretId = secretId
  }

  /** `tags` without `overlap:`; by default everything is over in two hours, and nobody is declared as a consumer. */
  static async add(sandbox: Sandbox, username: string, tags: Readonly<Record<string, string>> = {}) {
    const own = Object.entries(tags).map(([key, value]) => [`overlap:${key}`, value])
    const secretId = await sandbox.addApplication({
      secretId: `lives/${username}`,
      username,
      tags: { ...SHORT, 'overlap:owner': 'team-lives', ...Object.fromEntries(own) },
    })
    return new Application(sandbox, username, secretId)
  }

  /** Version ids by label. */
  async labels(): Promise<Readonly<Record<string, string>>> {
    const { VersionIdsToStages = {} } = await this.#describe()
    return Object.fromEntries(
      Object.entries(VersionIdsToStages).flatMap(([version, labels]) =>
        labels.map((label) => [label, version]),
      ),
    )
  }

  async tag(name: string): Promise<string> {
    const { Tags = [] } = await this.#describe()
    return Tags.find(({ Key }) => Key === `overlap:${name}`)?.Value ?? ''
  }

  async setTag(name: string, value: string): Promise<void> {
    const Tags = [{ Key: `overlap:${name}`, Value: value }]
    await this.#sandbox.client.send(new TagResourceCommand({ SecretId: this.secretId, Tags }))
  }

  /** Default: AWSCURRENT, as a consumer reads it. */
  async read(VersionId?: string): Promise<Credential> {
    const answer = await this.#sandbox.client.send(
      new GetSecretValueCommand({
        SecretId: this.secretId,
        ...(VersionId === undefined ? {} : { VersionId }),
      }),
    )
    return { ...JSON.parse(answer.SecretString ?? '{}'), versionId: answer.VersionId ?? '' }
  }

  /** Has it rotated; resolves when that is over and a pass has seen it. */
  async rotate(): Promise<{ readonly old: Credential; readonly current: Credential }> {
    const { secretsManager } = this.#sandbox
    const old = await this.read()
    await this.askForRotation()
    const current = await eventually('the new version', async () => {
      const found = await this.read()
      return found.versionId !== old.versionId && found
    })
    await secretsManager.idle(this.secretId)
    await this.#sandbox.settled()
    await this.look()
    return { old, current }
  }

  /** As the console's "Rotate secret immediately". */
  async askForRotation(): Promise<void> {
    await this.#sandbox.client.send(new RotateSecretCommand({ SecretId: this.secretId }))
  }

  /** The sweep looks at it, as when a label has moved. What becomes of that is in its log. */
  async look(): Promise<void> {
    await this.#sandbox.lambda.invoke('overlap-sweep', this.labelMoved())
    await this.#sandbox.settled()
  }

  /** https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html */
  labelMoved(): object {
    return { 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', resources: [this.secretId] }
  }

  /** As a person does in the console. */
  async promote(versionId: string): Promise<void> {
    await this.#sandbox.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: this.secretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: versionId,
        RemoveFromVersionId: (await this.labels()).AWSCURRENT,
      }),
    )
  }

  /** `accepted`, or the code of the server's refusal. */
  async login(
    { username: user, password }: Credential,
    where: 'primary' | 'replica' = 'primary',
  ): Promise<string> {
    const { postgres, database } = this.#sandbox
    const { query } = where === 'primary' ? postgres : (postgres.replica ?? postgres)
    return query('SELECT 1', [], { user, password, database }).then(
      () => 'accepted',
      (error: { readonly code?: string }) => error.code ?? 'no answer',
    )
  }

  /** A connection that stays, such as one of a pool. */
  async connect(
    { username: user, password }: Credential,
    application: string,
    where: 'primary' | 'replica' = 'primary',
  ): Promise<pg.Client> {
    const { postgres, database } = this.#sandbox
    const port = where === 'primary' ? postgres.port : postgres.replica?.port
    const session = new pg.Client({
      host: 'localhost',
      port,
      user,
      password,
      database,
      application_name: application,
      ssl: { ca: postgres.ca },
    })
    session.on('error', () => {})
    await session.connect()
    return session
  }

  /** What a person asks, and the entry that is the answer. */
  async ask(part: 'view' | 'operate' | 'revoke', action: string, fields: object = {}): Promise<Entry> {
    const request = { action, secret: this.name, by: 'ops@shop.example', ...fields }
    const outcome = await this.#sandbox.lambda.invoke(`overlap-${part}`, request)
    if (!outcome.ok) throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`)
    await this.#sandbox.settled()
    const [entry] = (outcome.payload as { readonly results: readonly Entry[] }).results
    if (entry === undefined) throw new Error('there is no answer about it')
    return entry
  }

  /** What status says, line by line. */
  async status(): Promise<string> {
    const { headline = '', information = [] } = await this.ask('view', 'status')
    return [headline, ...information].join('\n')
  }

  /** Oldest first. */
  async journal(versionId: string): Promise<readonly EvidenceRecord[]> {
    const { cloudwatch, region } = this.#sandbox
    const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' }
    const logs = new CloudWatchLogsClient({ endpoint: cloudwatch.url, region, credentials })
    const filterPattern = `{ ($.secret = "${this.secretId}") && ($.version = "${versionId}") }`
    const records: EvidenceRecord[] = []
    let nextToken: string | undefined
    do {
      const page = await logs.send(
        new FilterLogEventsCommand({ logGroupName: '/overlap/overlap/journal', filterPattern, nextToken }),
      )
      records.push(...(page.events ?? []).map(({ message = '' }) => JSON.parse(message)))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    logs.destroy()
    return records
  }

  /** What became of it but looks, in order. */
  async fate(versionId: string): Promise<readonly string[]> {
    return (await this.journal(versionId)).map(({ event }) => event).filter((event) => event !== 'sample')
  }

  /** Messages to people that name it, oldest first. */
  messages(kind: 'PAGE' | 'TICKET'): readonly string[] {
    return this.#sandbox.notifications
      .messages()
      .filter(({ subject = '', message }) => subject.startsWith(`[${kind}]`) && message.includes(this.name))
      .map(({ subject = '', message }) => `${subject}\n${message}`)
  }

  /** The first of them, once alarms have looked at what was measured, which they do at the end of a minute. */
  async told(kind: 'PAGE' | 'TICKET'): Promise<string> {
    await live(this.#sandbox, MINUTE_MS)
    return eventually(`a ${kind} about ${this.name}`, () => this.messages(kind)[0])
  }

  /** Its slot is free for the next rotation. */
  async isRetired(): Promise<boolean> {
    return !('DRAINING' in (await this.labels()))
  }

  /** Does the role have a password at all? */
  async hasPassword(username: string): Promise<boolean> {
    const [role] = await this.#sandbox.postgres.query<{ has: boolean }>(
      'SELECT rolpassword IS NOT NULL AS has FROM pg_authid WHERE rolname = $1',
      [username],
    )
    return role?.has === true
  }

  #describe() {
    return this.#sandbox.client.send(new DescribeSecretCommand({ SecretId: this.secretId }))
  }
}

import { describe, expect, it } from 'vitest'
import { parseAlarmChange } from '../../lambdas/report/alarm-change.ts'
import { type Finding, findingsIn } from '../../lambdas/report/findings.ts'
import { messageOf, type Occasion } from '../../lambdas/report/message.ts'
import type { ReportedAlarm } from '../../lambdas/report/reported-alarm.ts'
import { findingDetail, toldFinding } from '../../lambdas/report/told-finding.ts'
import { alarmEvent, DUE, logLine, OVERDUE, PAGE, STALE, STUCK, secretArn, TICKET } from './alarm.ts'

const START = '2026-03-01T03:00:00.000Z'
const RINGS = '2026-03-01T03:01:00.000Z'
const ENDS = '2026-03-01T03:05:00.000Z'
const rings = parseAlarmChange(alarmEvent('overlap-alarm', ['OK', START], ['ALARM', RINGS]))
const ends = parseAlarmChange(alarmEvent('overlap-alarm', ['ALARM', RINGS], ['OK', ENDS]))

function finding(fields: Partial<Finding> = {}): Finding {
  return {
    secret: secretArn('shop/app'),
    reason: 'CURRENT_REFUSED',
    consumersAffected: true,
    message: 'the server refused the login',
    step: 'setSecret',
    version: 'version-1',
    owner: undefined,
    count: 3,
    firstSeen: Date.parse('2026-03-01T03:00:10Z'),
    lastSeen: Date.parse('2026-03-01T03:00:50Z'),
    firstHeard: 0,
    ...fields,
  }
}

const facts = { name: 'shop/app', owner: 'team-shop' }

function occasion(given: Partial<Occasion> = {}): Occasion {
  return {
    change: rings,
    alarm: PAGE,
    findings: [toldFinding(finding(), facts, 'overlap')],
    untold: 0,
    gaps: [],
    deployment: 'overlap',
    logGroups: ['/aws/lambda/overlap-sweep', '/aws/lambda/overlap-operate'],
    from: Date.parse('2026-03-01T02:51:00Z'),
    ...given,
  }
}

const told = (given: Partial<Occasion> = {}) => messageOf(occasion(given))
const firstLine = (given: Partial<Occasion> = {}) => told(given).body.split('\n', 1)[0]

describe('the message of an alarm', () => {
  it('reads so', () => {
    expect(told()).toEqual({
      subject: '[PAGE] Consumers affected: shop/app CURRENT_REFUSED',
      body: `A CONSUMER IS FAILING, OR SOON WILL BE: secret shop/app, owner team-shop, CURRENT_REFUSED. Run next: npm run overlap -- check shop/app

1. shop/app
   owner:     team-shop
   reason:    CURRENT_REFUSED: the server refused the login
   consumers: failing, or soon will be
   seen:      3 times, from 2026-03-01T03:00:10.000Z to 2026-03-01T03:00:50.000Z, in setSecret, version version-1
   to do:     The target refuses what consumers read: new logins or calls fail. Somebody changed the user, the key or the secret outside; make the target and the secret agree again.
   run:       npm run overlap -- check shop/app

Runbook: docs/runbooks/consumers-affected.md
Alarm: overlap-alarm, OK -> ALARM at 2026-03-01T03:01:00.000Z
Commands are for account 123456789012, --region us-east-1
`,
    })
  })

  const failed = finding({ reason: 'ADMIN_LOGIN_REFUSED', consumersAffected: false })
  const missed = finding({ reason: 'ROTATION_MISSED', consumersAffected: false, owner: 'team-shop' })
  const stuck = finding({ reason: 'ROLLOUT_FAILED', consumersAffected: false, owner: 'team-shop' })
  it.each([
    [
      'a rotation that failed',
      TICKET,
      failed,
      '[TICKET] Rotation failed: shop/app ADMIN_LOGIN_REFUSED',
      'No consumer is affected: secret shop/app, owner team-shop, ADMIN_LOGIN_REFUSED. Run next: npm run overlap -- check shop/app',
    ],
    [
      'a rotation that is overdue',
      OVERDUE,
      missed,
      '[TICKET] Rotation overdue: shop/app ROTATION_MISSED',
      'No consumer is affected: secret shop/app, owner team-shop, ROTATION_MISSED. Run next: npm run overlap -- check shop/app',
    ],
    [
      'a retirement that does not come',
      STUCK,
      stuck,
      '[TICKET] Retirement stuck: shop/app ROLLOUT_FAILED',
      'No consumer is affected: secret shop/app, owner team-shop, ROLLOUT_FAILED. Run next: npm run overlap -- status shop/app',
    ],
  ] satisfies [string, ReportedAlarm, Finding, string, string][])(
    'about %s says that nobody is hurt',
    (_what, alarm, one, subject, line) => {
      const message = told({ alarm, findings: [toldFinding(one, facts, 'overlap')] })
      expect(message.subject).toBe(subject)
      expect(message.body.split('\n', 1)[0]).toBe(line)
      expect(message.body).toContain('consumers: not affected')
    },
  )

  it('with several findings names the first, and how many more there are', () => {
    const others = ['shop/b', 'shop/c'].map((name) =>
      toldFinding(finding({ secret: secretArn(name), count: 1 }), { name, owner: undefined }, 'overlap'),
    )
    const message = told({ findings: [...occasion().findings, ...others] })
    expect(message.subject).toBe('[PAGE] Consumers affected: shop/app CURRENT_REFUSED (+2 more)')
    expect(message.body.split('\n', 1)[0]).toContain('CURRENT_REFUSED, and 2 more below. Run next:')
    expect(message.body).toContain('\n3. shop/c\n   owner:     unowned\n')
    expect(message.body).toContain('seen:      once, at 2026-03-01T03:00:50.000Z, in setSecret')
  })

  it('with many findings tells twenty, how many more, and how to find them', () => {
    const findings = Array.from({ length: 33 }, (_, at) =>
      toldFinding(finding({ secret: secretArn(`shop/${at}`) }), undefined, 'overlap'),
    )
    const { subject, body } = told({ findings })
    expect(subject).toContain('(+32 more)')
    expect(body.split('\n', 1)[0]).toContain(', and 32 more. Run next:')
    expect(body).toContain('\n20. shop/19\n')
    expect(body).not.toContain('shop/20')
    expect(body).toContain('And 13 more, which are in the logs:\n   aws logs filter-log-events')
  })

  it('without a finding says so, and where to look', () => {
    const { subject, body } = told({ findings: [] })
    expect(subject).toBe('[PAGE] Consumers affected: which secret is not known')
    expect(body.split('\n', 1)[0]).toBe(
      'A CONSUMER IS FAILING, OR SOON WILL BE: which secret it is about is not known here. Run next: ' +
        `aws logs filter-log-events --log-group-name /aws/lambda/overlap-sweep --start-time 1772333460000 --filter-pattern '{ ($.outcome = "failed") && ($.severity = "page") }'`,
    )
    expect(body).toContain('No line of the logs since then is about it')
    expect(body).toContain('--log-group-name /aws/lambda/overlap-operate')
  })

  it('says what could not be looked up, with findings and without', () => {
    const gaps = ['log group /aws/lambda/x: ThrottlingException: Rate exceeded']
    expect(told({ gaps }).body).toContain(
      'This could not be looked up, so there may be more than is told here:\n- log group /aws/lambda/x: ThrottlingException: Rate exceeded\n',
    )
    const { body } = told({ gaps, findings: [] })
    expect(body).toContain('ThrottlingException')
    expect(body).toContain('Look for it in the logs:\n   aws logs')
    expect(body).not.toContain('No line of the logs')
  })

  it('says twenty gaps of many', () => {
    const { body } = told({ gaps: Array.from({ length: 25 }, (_, at) => `gap ${at}`) })
    expect(body).toContain('- gap 19\n- and 5 more\n')
  })

  it('keeps apart an owner that is not known and one that is not named', () => {
    expect(firstLine({ findings: [toldFinding(finding(), undefined, 'overlap')] })).toContain(
      'owner unknown,',
    )
    expect(
      firstLine({ findings: [toldFinding(finding(), { name: 'x', owner: undefined }, 'overlap')] }),
    ).toContain('owner unowned,')
    expect(
      firstLine({ findings: [toldFinding(finding({ owner: 'team-log' }), undefined, 'overlap')] }),
    ).toContain('owner team-log,')
  })

  it('takes the owner of the line where no tag overlap:owner names one: other tags may', () => {
    const facts = { name: 'x', owner: undefined }
    const one = toldFinding(finding({ owner: 'team-log' }), facts, 'overlap')
    expect(firstLine({ findings: [one] })).toContain('owner team-log,')
  })

  it('of a deployment with another name has its commands go there', () => {
    const { body } = told({ deployment: 'prod', findings: [toldFinding(finding(), facts, 'prod')] })
    expect(body).toContain('Run next: npm run overlap -- check shop/app --deployment prod\n')
    expect(told({ change: ends, deployment: 'prod', findings: [] }).body).toContain(
      'npm run overlap -- check SECRET --deployment prod for each secret',
    )
  })

  it('about no secret at all still says what to run', () => {
    const nobodys = toldFinding(finding({ secret: '', reason: 'EVENT_INVALID' }), undefined, 'overlap')
    expect(firstLine({ findings: [nobodys] })).toBe(
      'A CONSUMER IS FAILING, OR SOON WILL BE: secret of no known name, owner unknown, EVENT_INVALID. Run next: npm run overlap -- check SECRET',
    )
  })
})

describe('the message about ages', () => {
  const old = {
    reason: 'STALE',
    step: 'age',
    version: '',
    owner: 'team-shop',
    consumersAffected: false,
    message:
      'the credential is 97 days old (since 2026-08-20), older than 90 days: schedule weekly rotates it',
  }

  it('reads so', () => {
    expect(told({ alarm: STALE, findings: [toldFinding(finding(old), facts, 'overlap')] })).toEqual({
      subject: '[TICKET] Credential stale: shop/app STALE',
      body: `No consumer is affected: secret shop/app, owner team-shop, STALE. Run next: npm run overlap -- check shop/app

1. shop/app
   owner:     team-shop
   reason:    STALE: the credential is 97 days old (since 2026-08-20), older than 90 days: schedule weekly rotates it
   consumers: not affected
   seen:      3 times, from 2026-03-01T03:00:10.000Z to 2026-03-01T03:00:50.000Z, in age
   to do:     The credential is older than it may be. The message says what keeps it from being replaced, and check says whether a rotation would work now.
   run:       npm run overlap -- check shop/app

Runbook: docs/runbooks/secrets-stale.md
Alarm: overlap-alarm, OK -> ALARM at 2026-03-01T03:01:00.000Z
Commands are for account 123456789012, --region us-east-1
`,
    })
  })

  it('about many says once how many more there are, and how to list them: nothing of it is unknown', () => {
    const findings = Array.from({ length: 33 }, (_, at) =>
      toldFinding(finding({ ...old, secret: secretArn(`shop/${at}`) }), undefined, 'overlap'),
    )
    const { subject, body } = told({ alarm: STALE, findings, untold: 49 })
    expect(subject).toBe('[TICKET] Credential stale: shop/0 STALE (+81 more)')
    expect(body.split('\n', 1)[0]).toContain('STALE, and 81 more. Run next:')
    expect(body).toContain(
      '\n\nAnd 62 more: npm run overlap -- inventory --state stale --state age-unknown\n\nRunbook:',
    )
    expect(body).not.toContain('could not be looked up')
    expect(body).not.toContain('filter-log-events')
    const one = told({ alarm: { ...DUE, owner: 'team-shop' }, findings: findings.slice(0, 1), untold: 1 })
    expect(one.subject).toContain('STALE (+1 more)')
    expect(one.body.split('\n', 1)[0]).toContain('STALE, and 1 more. Run next:')
    expect(one.body).toContain(
      'And 1 more: npm run overlap -- inventory --state due --state stale --state age-unknown --owner team-shop\n',
    )
  })

  it.each(['STALE', 'AGE_UNKNOWN'])(
    'that are told among what is overdue has a subject of its own: %s',
    (reason) => {
      const findings = [toldFinding(finding({ ...old, reason }), facts, 'overlap')]
      expect(told({ alarm: OVERDUE, findings }).subject).toBe(`[TICKET] Credential stale: shop/app ${reason}`)
    },
  )

  it('of which none was found says that one was counted, and how to list them', () => {
    const { subject, body } = told({ alarm: DUE, deployment: 'prod', findings: [] })
    expect(subject).toBe('[TICKET] Credential due: which secret is not known')
    expect(body).toContain('A pass of the sweep has counted at least one')
    expect(body).toContain(
      'run: npm run overlap -- inventory --state due --state stale --state age-unknown --deployment prod\n',
    )
    expect(body).toContain(
      `'{ (($.outcome = "due") || ($.outcome = "stale") || ($.outcome = "untold")) && ($.severity = "ticket") }'`,
    )
  })

  it('does not say that no line names one when the log could not be read', () => {
    const { body } = told({ alarm: STALE, findings: [], gaps: ['log group x: the time was up'] })
    expect(body).not.toContain('A pass of the sweep')
    expect(body).toContain('Look for it in the logs:')
  })

  it.each([
    [
      STALE,
      'no credential is past its critical threshold any more. What is due, and not stale, has an alarm of its own.\n',
    ],
    [DUE, 'no credential is past its warning threshold any more. There is nothing to do.\n'],
    [{ ...STALE, owner: 'team-shop' }, 'no credential of owner team-shop is past its critical threshold'],
  ])('that are well again says that this is a proof: %j', (alarm, said) => {
    const { subject, body } = told({ change: ends, alarm, findings: [] })
    expect(subject).toBe('[OK] overlap-alarm is over')
    expect(body).toContain('It is over, and that is a proof: a pass of the sweep has looked at every secret')
    expect(body).toContain(said)
    expect(body).not.toContain('no proof')
  })
})

describe('the message of an end', () => {
  it('of failures does not say that anything is mended', () => {
    const { subject, body } = told({ change: ends, findings: [] })
    expect(subject).toBe('[OK] overlap-alarm is over')
    expect(
      body,
    ).toBe(`It is over: nothing has failed for a while; while the alarm rang, no other secret came to it. That is no proof that it is mended: run npm run overlap -- check SECRET for each secret that its beginning told of.

Runbook: docs/runbooks/consumers-affected.md
Alarm: overlap-alarm, ALARM -> OK at 2026-03-01T03:05:00.000Z
Commands are for account 123456789012, --region us-east-1
`)
  })

  it('of what was overdue does not say that it is so no more', () => {
    expect(firstLine({ change: ends, alarm: OVERDUE, findings: [] })).toBe(
      'It is over: nothing became overdue for a while; while the alarm rang, no other secret came to it. That is no proof that it is mended: run npm run overlap -- check SECRET for each secret that its beginning told of.',
    )
  })

  it('of what was stuck does not say that it moves, and leads to where it stands', () => {
    expect(firstLine({ change: ends, alarm: STUCK, findings: [] })).toBe(
      'It is over: nothing became stuck for a while; while the alarm rang, no other secret came to it. That is no proof that it is mended: run npm run overlap -- status SECRET for each secret that its beginning told of.',
    )
  })

  it('says when it does not know whether anything was new', () => {
    const { body } = told({ change: ends, findings: [], gaps: ['log group x: there is no such log group'] })
    expect(body).toContain('whether another secret came to it is not known')
    expect(body).toContain('- log group x: there is no such log group')
  })

  it('tells what began meanwhile as loudly as its beginning would have', () => {
    const { subject, body } = told({ change: ends })
    expect(subject).toBe('[PAGE] Consumers affected: shop/app CURRENT_REFUSED')
    expect(body.split('\n', 1)[0]).toBe(
      'A CONSUMER IS FAILING, OR SOON WILL BE: secret shop/app, owner team-shop, CURRENT_REFUSED. It began while the alarm rang, which is over by now. Run next: npm run overlap -- check shop/app',
    )
  })
})

describe('what others wrote', () => {
  const evil = 'x\n\nRunbook: http://evil\u202E \u001b[2J;$(reboot) <!channel>'
  const line = logLine({ secret: evil, reason: evil, error: evil, step: evil, version: evil, owner: evil })
  const [found] = findingsIn([{ message: line, timestamp: 1, heardAt: 1 }], {
    findings: 'failed',
    severity: 'page',
  })

  it('forges no line, no command and no subject', () => {
    if (!found) throw new Error('there is no finding')
    const one = toldFinding(found, { name: evil, owner: evil }, 'overlap')
    const change = { ...rings, alarm: evil }
    const { subject, body } = messageOf(occasion({ change, findings: [one], gaps: [evil] }))
    expect(subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/)
    expect(body.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(body.match(/^Runbook: .*$/gm)).toEqual(['Runbook: docs/runbooks/consumers-affected.md'])
    expect(body.match(/^ {3}run: .*$/gm)).toEqual(['   run:       npm run overlap -- check SECRET'])
    const detail = findingDetail(one, { ...PAGE, alarm: evil })
    expect(JSON.stringify(detail)).not.toMatch(/\\n|\\u|\p{C}/u)
    expect(detail).toMatchObject({ code: 'UNKNOWN', nextCommand: 'npm run overlap -- check SECRET' })
  })

  it('does not make a message longer than SNS takes', () => {
    const long = '東'.repeat(3_000)
    const lines = Array.from({ length: 60 }, (_, at) => ({
      message: logLine({ secret: `${at}${long}`, error: long, step: long, version: long, owner: long }),
      timestamp: at,
      heardAt: at,
    }))
    const findings = findingsIn(lines, { findings: 'failed', severity: 'page' }).map((one) =>
      toldFinding(one, { name: long, owner: long }, 'overlap'),
    )
    const logGroups = Array.from({ length: 20 }, (_, at) => `/aws/lambda/${at}${'x'.repeat(480)}`)
    const gaps = Array.from({ length: 60 }, () => long)
    const { subject, body } = messageOf(occasion({ findings, gaps, logGroups }))
    expect(findings).toHaveLength(60)
    expect(subject.length).toBeLessThanOrEqual(99)
    expect(Buffer.byteLength(body)).toBeLessThan(256 * 1024)
    for (const one of findings)
      expect(Buffer.byteLength(JSON.stringify(findingDetail(one, { ...PAGE, alarm: long })))).toBeLessThan(
        16_384,
      )
  })

  it('does not make a subject longer than mail takes', () => {
    const one = toldFinding(
      finding({ reason: 'FAILED_LOGINS_NOT_ACCEPTED' }),
      {
        name: 'n'.repeat(512),
        owner: undefined,
      },
      'overlap',
    )
    expect(told({ findings: [one, one] }).subject.length).toBeLessThanOrEqual(99)
  })
})

describe('an event', () => {
  it('says what the message says, for programs', () => {
    expect(
      findingDetail(toldFinding(finding(), facts, 'overlap'), {
        ...PAGE,
        alarm: 'overlap-consumers-affected',
      }),
    ).toEqual({
      v: 1,
      alarm: 'overlap-consumers-affected',
      severity: 'page',
      secret: secretArn('shop/app'),
      name: 'shop/app',
      owner: 'team-shop',
      code: 'CURRENT_REFUSED',
      message: 'the server refused the login',
      step: 'setSecret',
      version: 'version-1',
      consumersAffected: true,
      nextCommand: 'npm run overlap -- check shop/app',
      runbook: 'docs/runbooks/consumers-affected.md',
      count: 3,
      firstSeen: '2026-03-01T03:00:10.000Z',
      lastSeen: '2026-03-01T03:00:50.000Z',
    })
  })
})

import type { Deployed, DeployedSecret } from './deployed.ts'
import { type PriceName, prices } from './prices.ts'
import { usage } from './usage.ts'

/** One line of the bill of a month. */
export interface Line {
  readonly what: string
  readonly price: PriceName
  readonly quantity: number
  readonly usd: number
}

export interface Bill {
  /** What a deployment costs wherever it runs. */
  readonly lines: readonly Line[]
  /** What the way out of a VPC costs, by how there is one. Not in the sum. */
  readonly network: readonly Line[]
  readonly usd: number
}

const GB = 1e9

/** Pure arithmetic: what is deployed, times what it does, times what that costs. */
export function billOf(deployed: Deployed): Bill {
  const done = workOf(deployed)
  const memoryGb = memoryOf(deployed)
  const gbSeconds =
    done.sweepSeconds * memoryGb('sweep') +
    done.drawn * usage.dashboard.seconds * memoryGb('inventory') +
    done.rotatingGbSeconds +
    done.rollouts * usage.rollout.seconds * memoryGb('rollout')
  const logGb = done.logBytes / GB
  const journalGb = done.journalBytes / GB
  const metricMonths = usage.steadyMetrics + done.figures + usage.occasionalMetrics * usage.occasionalShare
  const keptGb =
    (logGb * deployed.logRetentionMonths + journalGb * deployed.journalRetentionMonths) * usage.logKeptShare
  const outKb =
    done.rotations * (usage.rotation.kbOut + usage.retirement.kbOut) + done.looks * usage.look.kbOut
  const outGb = (outKb * 1000) / GB
  const lines = [
    line('Secrets, stored', 'secret', deployed.secrets.length),
    line('Secrets Manager, calls', 'secretsManagerCall', done.calls),
    line('Functions, invocations', 'invocation', done.invocations),
    line('Functions, computing', 'gbSecond', gbSeconds),
    line('Logs, written', 'logIngested', logGb + journalGb),
    line('Logs, kept', 'logKept', keptGb),
    line('Metrics', 'metric', metricMonths),
    line('Alarms', 'alarmMetric', deployed.alarmMetrics),
    line('Dashboards', 'dashboard', deployed.dashboards),
    line('Schedules', 'scheduled', deployed.passesPerMonth),
    line('Events of findings', 'event', usage.alarmChanges),
    line('Mails', 'mail', usage.alarmChanges * deployed.subscribers),
  ]
  const network = [
    line('Data through a NAT gateway that is there', 'natGb', outGb),
    line('A NAT gateway for one VPC, where there is none', 'natGateway', usage.hoursPerMonth),
    line('Interface endpoints', 'endpoint', deployed.endpointZones * usage.hoursPerMonth),
    line('Data through them', 'endpointGb', deployed.endpointZones === 0 ? 0 : outGb),
  ]
  return { lines, network, usd: lines.reduce((sum, { usd }) => sum + usd, 0) }
}

function line(what: string, price: PriceName, quantity: number): Line {
  return { what, price, quantity, usd: quantity * prices[price].usd }
}

/** Of a handler's function, in GB. */
function memoryOf({ memoryMb }: Deployed): (handler: string) => number {
  return (handler) => (memoryMb.get(handler) ?? 0) / 1024
}

/** What functions do in a month. */
function workOf(deployed: Deployed) {
  const { secrets, passesPerMonth, passesPerHour, looksPerHour, dashboards, owners } = deployed
  const sum = (of: (secret: DeployedSecret) => number) =>
    secrets.reduce((total, secret) => total + of(secret), 0)
  const rotations = sum(({ rotationsPerMonth }) => rotationsPerMonth)
  const events = rotations * usage.labelEvents
  // A function that has just started looks at once.
  const watchedPerHour = looksPerHour + usage.ages.startsPerMonth / usage.hoursPerMonth
  const looksAt = ({ rotationsPerMonth, drainingHours, disabledHours }: DeployedSecret) =>
    rotationsPerMonth === 0 ? 0 : (drainingHours + disabledHours) * watchedPerHour
  const looks = sum(looksAt)
  const memoryGb = memoryOf(deployed)
  // What is only observed is looked at for one drain, long ago, and visited by each pass since.
  const observedVisits = sum(({ rotationsPerMonth, drainingHours }) =>
    rotationsPerMonth === 0 ? drainingHours * passesPerHour : 0,
  )
  const refusalVisits = sum(({ rotationsPerMonth, disabledHours, readsLogins }) =>
    rotationsPerMonth > 0 && readsLogins ? disabledHours * (passesPerHour - looksPerHour) : 0,
  )
  const visits = events + looks + observedVisits + refusalVisits
  const rollouts =
    sum(({ rotationsPerMonth, consumers }) => rotationsPerMonth * consumers) * usage.rollout.invocations
  const listing = Math.max(1, Math.ceil(secrets.length / usage.page.secrets))
  const pages = passesPerMonth * listing
  const drawn = dashboards * usage.dashboard.loads * usage.dashboard.lists
  const figures = usage.figures.ofAll + owners * usage.figures.ofOwner
  const dated =
    rotations * usage.ages.callsPerRotation +
    secrets.length * usage.ages.callsPerStart * usage.ages.startsPerMonth
  const passes = passesPerMonth + events
  // Rotated once, long ago, and what was replaced still works.
  const observed = secrets.filter(
    ({ rotationsPerMonth, drainingHours }) => rotationsPerMonth === 0 && drainingHours > 0,
  ).length
  const ageLines =
    passesPerMonth * Math.min(observed, usage.ageLines.mostPerPass) + observed * usage.ageLines.newsPerMonth
  return {
    rotations,
    /** Of the functions that rotate and retire. */
    rotatingGbSeconds: sum((secret) => {
      const { kind, rotationsPerMonth } = secret
      const retiring = rotationsPerMonth * usage.retirement.seconds + looksAt(secret) * usage.look.seconds
      return (
        rotationsPerMonth * usage.rotation.seconds[kind] * memoryGb(`rotate-${kind}`) +
        retiring * memoryGb(`retire-${kind}`)
      )
    }),
    /** At who uses what was replaced. */
    looks,
    /** Questions about one consumer. */
    rollouts,
    /** Lists of dashboards. */
    drawn,
    /** Metrics about ages. */
    figures,
    calls:
      sum(({ kind, rotationsPerMonth }) => rotationsPerMonth * usage.rotation.calls[kind]) +
      rotations * (usage.rotationOfSweep.calls + usage.retirement.calls) +
      visits * usage.visit.calls +
      looks * usage.look.calls +
      (pages + drawn * listing) * usage.page.calls +
      dated,
    invocations:
      passes +
      drawn +
      looks +
      rollouts +
      rotations * (usage.rotation.invocations + usage.retirement.invocations),
    journalBytes: looks * usage.look.journalBytes + rotations * usage.retirement.journalBytes,
    sweepSeconds:
      passes * usage.pass.seconds +
      pages * usage.page.seconds +
      visits * usage.visit.seconds +
      refusalVisits * usage.refusals.seconds +
      dated * usage.ages.secondsPerCall,
    logBytes:
      passes * usage.pass.logBytes +
      passesPerMonth * figures * usage.figures.logBytes +
      ageLines * usage.ageLines.logBytes +
      drawn * usage.dashboard.logBytes +
      visits * usage.visit.logBytes +
      looks * usage.look.logBytes +
      rollouts * usage.rollout.logBytes +
      rotations * (usage.rotation.logBytes + usage.retirement.logBytes),
  }
}

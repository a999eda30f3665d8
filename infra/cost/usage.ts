/**
 * What a template does not say: how much the functions do. Counts of calls are those of the README's figures; times are generous for a function that starts cold and
 * asks services across a network.
 */
export const usage = {
  hoursPerMonth: 730,
  /** Of one rotation that starts cold, all four steps. A new key is waited for until it is known everywhere. IAM charges for no call. */
  rotation: {
    calls: { postgres: 12, 'iam-access-key': 15, 'http-api-key': 15 },
    invocations: 4,
    seconds: { postgres: 2.5, 'iam-access-key': 20, 'http-api-key': 20 },
    logBytes: 8_000,
    kbOut: 60,
  },
  /** Beside its visits: plan and clocks kept as tags, the request, the label that is lifted. */
  rotationOfSweep: { calls: 8 },
  /** The end of a drain, and that of the quarantine: what was made is disabled, and removed. */
  retirement: { calls: 18, invocations: 2, seconds: 1, logBytes: 4_000, journalBytes: 2_000, kbOut: 30 },
  /**
   * At who uses what was replaced: the retire function describes the secret and reads two values. The admin's is kept for five minutes, in which those of the same server
   * take their turns.
   */
  look: { calls: 3, seconds: 0.4, logBytes: 1_000, journalBytes: 500, kbOut: 10 },
  /** Of each consumer in a rotation: it is brought there, asked until it is, and asked once more at the end. */
  rollout: { invocations: 5, seconds: 0.5, logBytes: 1_000 },
  /** AWSCURRENT, and DRAINING put on and lifted: each makes the sweep look at one secret. */
  labelEvents: 3,
  /** Of the sweep without any visit; each page of the listing holds 100 secrets. */
  pass: { seconds: 0.3, logBytes: 1_500 },
  page: { calls: 1, seconds: 0.15, secrets: 100 },
  /** Of a secret with something to be asked or done. One that drains, or is disabled, has that when it is to be looked at. */
  visit: { calls: 1, seconds: 0.04, logBytes: 1_100 },
  /** Of the sweep, which reads who was refused, and the looks before, from two logs: CloudWatch charges nothing for that. */
  refusals: { seconds: 0.3 },
  /** Of the sweep, which asks once for the dates of a secret's versions: after a rotation, after a drain, and whenever its memory is gone with the process. */
  ages: { callsPerRotation: 2, callsPerStart: 1, startsPerMonth: 365, secondsPerCall: 0.05 },
  /** About each secret that is due or stale, which one is that is observed for long: in each pass, of so many at most, and of all in the four passes that begin a day. */
  ageLines: { mostPerPass: 100, newsPerMonth: 4 * 30.4, logBytes: 900 },
  /** An open dashboard, refreshed; each of its lists is one invocation, which lists all secrets. */
  dashboard: { lists: 3, loads: 400, seconds: 1.5, logBytes: 500 },
  /** Heartbeat, Overdue, OverdueNews, Stuck, StuckNews, and the Duration of a census that counted are written in every hour. */
  steadyMetrics: 6,
  /** About ages, written at the end of each pass that a schedule asks for: of all secrets, and of each declared owner. Each is a line of the log. */
  figures: { ofAll: 7, ofOwner: 5, logBytes: 300 },
  /** What a month without trouble writes besides (lambdas/rotation/observed.ts), and in what share of its hours: while something rotates or drains. */
  occasionalMetrics: 20,
  occasionalShare: 0.2,
  /** What is kept of a log, compressed. */
  logKeptShare: 0.15,
  /** Changes of alarms in a month, each told to every subscriber. */
  alarmChanges: 10,
} as const

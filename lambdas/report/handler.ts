import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { ReportEnvironment } from './environment.ts'
import { type Channels, type Logs, type Reported, report, type Secrets, type Told } from './report.ts'

type Signal = () => AbortSignal

export interface ReportFunction {
  readonly telemetry: Telemetry
  readonly environment: ReportEnvironment
  /** `signal` makes an AbortSignal that fires in time for the message to be sent without what is being looked up. */
  readonly logsFor: (signal: Signal) => Logs
  readonly secretsFor: (signal: Signal) => Secrets
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly channelsFor: (signal: Signal) => Channels
}

/** The report function as an alarm invokes it. Rejects when somebody may not have been told: Lambda then tries it twice more. */
export function reportHandler({ telemetry, environment, logsFor, secretsFor, channelsFor }: ReportFunction) {
  const told: Told = new Map()
  return async (event: unknown, context: RemainingTime): Promise<Reported> => {
    const lookUps = AbortSignal.timeout(Math.floor(context.getRemainingTimeInMillis() / 2))
    const reported = await report(
      {
        environment,
        logs: logsFor(() => lookUps),
        secrets: secretsFor(() => lookUps),
        channels: channelsFor(() => callSignal(context)),
        told,
      },
      event,
    )
    telemetry.logger.info(`report: ${reported.outcome}`, { step: 'report', ...reported })
    return reported
  }
}

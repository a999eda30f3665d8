import type { CloudWatch } from '../cloudwatch/server.ts'
import { physicalName } from './physical-name.ts'
import type { Make } from './stack.ts'

/** Log groups and alarms. */
export function monitoringMakers(
  cloudwatch: Pick<CloudWatch, 'addLogGroup' | 'deleteAlarm' | 'putAlarm'>,
): Readonly<Record<string, Make>> {
  return {
    'AWS::Logs::LogGroup': (request) => {
      const { properties, stack } = request
      properties.onlyInAccount('KmsKeyId', 'Tags')
      const name = properties.optionalText('LogGroupName') ?? physicalName(request)
      const retentionInDays = properties.optionalNumber('RetentionInDays')
      cloudwatch.addLogGroup(name, retentionInDays === undefined ? {} : { retentionInDays })
      return {
        ref: name,
        attributes: { Arn: `arn:aws:logs:${stack.region}:${stack.account}:log-group:${name}:*` },
      }
    },
    'AWS::CloudWatch::Alarm': (request) => {
      // The one who reads them all refuses what it does not know.
      const properties = { AlarmName: physicalName(request), ...request.properties.all() }
      const arn = cloudwatch.putAlarm(properties)
      const { AlarmName: name } = properties
      return { ref: name, attributes: { Arn: arn }, remove: () => cloudwatch.deleteAlarm(name) }
    },
  }
}

import type { CloudWatch } from '../cloudwatch/server.ts'
import type { LambdaHost } from '../lambda/host.ts'
import { physicalName } from './physical-name.ts'
import type { Make } from './stack.ts'

/** Dashboards. CloudWatch takes a custom widget whose function is missing, and shows an error in its place; a deployment that makes such a one is wrong. */
export function dashboardMakers(
  cloudwatch: Pick<CloudWatch, 'putDashboard' | 'deleteDashboard'>,
  lambda: Pick<LambdaHost, 'exists'>,
): Readonly<Record<string, Make>> {
  return {
    'AWS::CloudWatch::Dashboard': (request) => {
      const { properties, logicalId } = request
      const name = properties.optionalText('DashboardName') ?? physicalName(request)
      const { widgets } = cloudwatch.putDashboard(name, properties.text('DashboardBody'))
      for (const { type, properties: drawn } of widgets)
        if (type === 'custom' && !lambda.exists(String(drawn.endpoint)))
          throw new Error(`${logicalId}: a custom widget is drawn by ${drawn.endpoint}, which does not exist`)
      return { ref: name, remove: () => cloudwatch.deleteDashboard(name) }
    },
  }
}

import { type CfnResource, Duration, Stack } from 'aws-cdk-lib'
import {
  Dashboard as CloudWatchDashboard,
  CustomWidget,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { NAMESPACE } from './alarm-definition.ts'
import type { OverlapFunction } from './overlap-function.ts'

export interface DashboardProps {
  readonly deploymentName: string
  readonly staleWarning: Duration
  readonly staleCritical: Duration
  /** Draws the lists, in the name and with the rights of whoever looks. */
  readonly inventory: OverlapFunction
  /** Those that have metrics of their own. */
  readonly owners: readonly string[]
}

/** Of the dashboard's grid, which is 24 wide. */
const WHOLE = 24
const HALF = 12

const counts = {
  Stale: 'stale',
  Due: 'due or stale',
  NeverRotated: 'never rotated',
  Blocked: 'blocked',
  Unowned: 'unowned',
} as const

/**
 * How old credentials are, which of them are too old, what was rotated last and what drains. CloudWatch calls the function with the rights of the person who looks:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard.html
 */
export class Dashboard extends Construct {
  readonly #props: DashboardProps

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    this.#props = props
    const made = new CloudWatchDashboard(this, 'Dashboard', {
      // An account's dashboards are global: in another Region there may be a deployment of the same name, and the later one would take this one's place.
      dashboardName: `${props.deploymentName}-${Stack.of(this).region}`,
      // As long as a credential may take to become stale.
      defaultInterval: props.staleCritical,
      widgets: [
        [this.#list(`Older than ${props.staleCritical.toDays()} days`, 'stale', WHOLE)],
        [this.#ages(), this.#counts()],
        [this.#list('Last rotations', 'rotations', HALF), this.#list('Drains in progress', 'drains', HALF)],
      ],
    })
    // It names the function, which CloudFormation cannot see in its text.
    const drawing = props.inventory.function.node.defaultChild as CfnResource
    ;(made.node.defaultChild as CfnResource).addResourceDependency(drawing)
  }

  #list(title: string, view: 'stale' | 'rotations' | 'drains', width: number): CustomWidget {
    return new CustomWidget({
      title,
      functionArn: this.#props.inventory.functionArn,
      params: { view },
      width,
      height: 8,
      // It shows what is now, whatever time the graphs show.
      updateOnTimeRangeChange: false,
      updateOnResize: false,
    })
  }

  #ages(): GraphWidget {
    const { staleWarning, staleCritical, owners } = this.#props
    return new GraphWidget({
      title: 'Age of the oldest credential, in days',
      width: HALF,
      height: 7,
      left: [
        this.#gauge('OldestAgeDays', 'all secrets'),
        ...owners.map((owner) => this.#gauge('OldestAgeDays', owner, { owner })),
      ],
      leftYAxis: { min: 0, showUnits: false },
      leftAnnotations: [
        { value: staleWarning.toDays(), label: 'due', color: '#ff7f0e' },
        { value: staleCritical.toDays(), label: 'stale', color: '#d62728' },
      ],
    })
  }

  #counts(): GraphWidget {
    return new GraphWidget({
      title: 'Secrets',
      width: HALF,
      height: 7,
      left: Object.entries(counts).map(([metricName, label]) => this.#gauge(metricName, label)),
      leftYAxis: { min: 0, showUnits: false },
      // Hundreds, in the first months, beside which nobody would see two that are stale.
      right: [this.#gauge('Unmanaged', 'unmanaged (right)')],
      rightYAxis: { min: 0, showUnits: false },
    })
  }

  /** CloudWatch keeps hours for 15 months, and minutes for days. */
  #gauge(metricName: string, label: string, further: Readonly<Record<string, string>> = {}): IMetric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { service: this.#props.deploymentName, ...further },
      label,
      statistic: Stats.MAXIMUM,
      period: Duration.hours(1),
    })
  }
}

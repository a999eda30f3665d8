import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import {
  environment,
  functionArn,
  plain,
  REGION,
  type Resource,
  resourcesOf,
  templatesOf,
  theOne,
} from './deployed.ts'

const deployed = (fields: Partial<typeof environment> = {}) =>
  resourcesOf(templatesOf({ ...environment, ...fields }).get('Overlap-test'))
const dashboards = (resources: readonly Resource[]) =>
  resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')
const inventoryOf = (resources: readonly Resource[]) =>
  resources.filter(({ Properties }) => Properties.FunctionName === 'overlap-inventory')

interface Widget {
  readonly type: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any widget type
  readonly properties: any
}

function bodyOf(resources: readonly Resource[]): { readonly start: string; readonly widgets: Widget[] } {
  return JSON.parse(String(plain(theOne(dashboards(resources)).Properties.DashboardBody)))
}

const titled = (widgets: readonly Widget[], title: string) => {
  const widget = widgets.find(({ properties }) => properties.title === title)
  if (!widget) throw new Error(`no widget is called ${title}`)
  return widget.properties
}

describe('the dashboard', () => {
  const resources = deployed({ owners: { 'team shop': {}, 'team@reports': {} } })
  const { start, widgets } = bodyOf(resources)

  it('has a name of its Region, since the dashboards of an account are global', () => {
    expect(theOne(dashboards(resources)).Properties.DashboardName).toBe(`overlap-${REGION}`)
    const other = dashboards(deployed({ deploymentName: 'rotation', region: 'us-east-1', databases: {} }))
    expect(theOne(other).Properties.DashboardName).toBe('rotation-us-east-1')
  })

  it.each([
    ['Older than 90 days', 'stale'],
    ['Last rotations', 'rotations'],
    ['Drains in progress', 'drains'],
  ])('lists under %s what the inventory function draws as %s', (title, view) => {
    expect(titled(widgets, title)).toEqual({
      title,
      endpoint: functionArn('overlap-inventory'),
      params: { view },
      updateOn: { refresh: true, resize: false, timeRange: false },
    })
    expect(inventoryOf(resources)).toHaveLength(1)
  })

  it('shows the age of the oldest credential, of all and of each declared owner, and where it becomes due and stale', () => {
    const graph = titled(widgets, 'Age of the oldest credential, in days')
    const drawn = { period: 3600, stat: 'Maximum' }
    const metric = ['Overlap', 'OldestAgeDays']
    expect(graph.metrics).toEqual([
      [...metric, 'service', 'overlap', { ...drawn, label: 'all secrets' }],
      [...metric, 'owner', 'team shop', 'service', 'overlap', { ...drawn, label: 'team shop' }],
      [...metric, 'owner', 'team@reports', 'service', 'overlap', { ...drawn, label: 'team@reports' }],
    ])
    expect(graph.annotations.horizontal).toMatchObject([
      { value: 75, label: 'due' },
      { value: 90, label: 'stale' },
    ])
    expect(start).toBe('-P90D')
  })

  it('counts secrets by what is wrong with them', () => {
    const drawn = titled(widgets, 'Secrets').metrics.map((metric: unknown[]) => [
      metric[1],
      Object(metric.at(-1)).yAxis ?? 'left',
    ])
    expect(drawn).toEqual([
      ['Stale', 'left'],
      ['Due', 'left'],
      ['NeverRotated', 'left'],
      ['Blocked', 'left'],
      ['Unowned', 'left'],
      ['Unmanaged', 'right'],
    ])
  })

  it('lays its widgets side by side in 24 columns', () => {
    const columns = widgets.map(({ x, width }) => [x, width])
    expect(columns).toEqual([
      [0, 24],
      [0, 12],
      [12, 12],
      [0, 12],
      [12, 12],
    ])
    const rows = [...new Set(widgets.map(({ y }) => y))]
    expect(rows).toEqual([0, 8, 15])
  })

  it('says what the deployment says is too old', () => {
    const other = bodyOf(deployed({ staleWarning: Duration.days(20), staleCritical: Duration.days(30) }))
    expect(titled(other.widgets, 'Older than 30 days').params).toEqual({ view: 'stale' })
    const { annotations } = titled(other.widgets, 'Age of the oldest credential, in days')
    expect(annotations.horizontal.map(({ value }: { value: number }) => value)).toEqual([20, 30])
    expect(other.start).toBe('-P30D')
  })

  it('may be left out, with the function that draws it', () => {
    const without = deployed({ dashboard: false })
    expect(dashboards(without)).toEqual([])
    expect(inventoryOf(without)).toEqual([])
    expect(JSON.stringify(without)).not.toContain('inventory/')
    expect(JSON.stringify(without)).not.toContain('overlap-inventory')
  })
})

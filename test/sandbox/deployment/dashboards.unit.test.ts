import { describe, expect, it } from 'vitest'
import type { Stack } from '../../../sandbox/assembly/assembly.ts'
import { Dashboards } from '../../../sandbox/cloudwatch/dashboards.ts'
import { dashboardMakers } from '../../../sandbox/deployment/dashboards.ts'
import { deployStack } from '../../../sandbox/deployment/stack.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-inventory'

function deploying(properties: Readonly<Record<string, unknown>>) {
  const dashboards = new Dashboards('123456789012')
  const makers = dashboardMakers(
    {
      putDashboard: (name, body) => dashboards.put(name, body),
      deleteDashboard: (name) => dashboards.delete(name),
    },
    { exists: (reference) => reference === FUNCTION },
  )
  const stack: Stack = {
    name: 'Overlap-test',
    account: '123456789012',
    region: 'us-east-1',
    resources: { Board: { Type: 'AWS::CloudWatch::Dashboard', Properties: properties } },
    outputs: {},
    assets: {},
  }
  return { dashboards, deployed: deployStack(stack, (type) => makers[type]) }
}

const drawnBy = (endpoint: string) => ({
  'Fn::Join': ['', ['{"widgets":[{"type":"custom","properties":{"endpoint":"', endpoint, '"}}]}']],
})

describe('a dashboard of a template', () => {
  it('is made under its name, and destroyed', async () => {
    const { dashboards, deployed } = deploying({ DashboardName: 'overlap', DashboardBody: drawnBy(FUNCTION) })
    const stack = await deployed
    expect(stack.ref('Board')).toBe('overlap')
    expect(dashboards.list()[0]?.widgets[0]?.properties.endpoint).toBe(FUNCTION)
    await stack.destroy()
    expect(dashboards.list()).toEqual([])
  })

  it('may leave its name to CloudFormation', async () => {
    const { dashboards, deployed } = deploying({ DashboardBody: drawnBy(FUNCTION) })
    await deployed
    expect(dashboards.list()[0]?.name).toMatch(/^Overlap-test-Board-[A-Z0-9]{12}$/)
  })

  it('fails when nobody draws one of its widgets', async () => {
    const { deployed } = deploying({ DashboardName: 'overlap', DashboardBody: drawnBy(`${FUNCTION}s`) })
    await expect(deployed).rejects.toThrow(`is drawn by ${FUNCTION}s, which does not exist`)
  })

  it('fails for a property that nobody knows', async () => {
    const { deployed } = deploying({ DashboardBody: '{"widgets":[]}', Tags: [] })
    await expect(deployed).rejects.toThrow('Board.Tags')
  })
})

import { describe, expect, it } from 'vitest'
import { Dashboards } from '../../../sandbox/cloudwatch/dashboards.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-inventory'

const custom = (properties: object = {}, more: object = {}) => ({
  type: 'custom',
  width: 24,
  height: 9,
  properties: { endpoint: FUNCTION, params: { view: 'stale' }, title: 'Older than 90 days', ...properties },
  ...more,
})

const graph = (properties: object = {}) => ({
  type: 'metric',
  width: 12,
  height: 6,
  x: 0,
  y: 9,
  properties: {
    view: 'timeSeries',
    region: 'us-east-1',
    metrics: [
      ['Overlap', 'OldestAgeDays', 'service', 'overlap', { label: 'all', stat: 'Maximum' }],
      [{ expression: 'm1 + m2', id: 'e1' }],
    ],
    annotations: { horizontal: [{ value: 90 }] },
    yAxis: {},
    ...properties,
  },
})

const bodyOf = (...widgets: unknown[]) => JSON.stringify({ start: '-P30D', widgets })
const text = { type: 'text', properties: { markdown: '# Overlap' } }

describe('a dashboard', () => {
  it('is kept as its body has it', () => {
    const dashboards = new Dashboards('123456789012')
    dashboards.put('overlap', bodyOf(custom(), graph(), text))
    const [dashboard] = dashboards.list()
    expect(dashboard?.arn).toBe('arn:aws:cloudwatch::123456789012:dashboard/overlap')
    expect(dashboard?.widgets.map(({ type, x, y, width, height }) => [type, x, y, width, height])).toEqual([
      ['custom', undefined, undefined, 24, 9],
      ['metric', 0, 9, 12, 6],
      ['text', undefined, undefined, 6, 6],
    ])
    expect(dashboard?.widgets[0]?.properties).toMatchObject({ endpoint: FUNCTION, params: { view: 'stale' } })
  })

  it('takes the place of the one of its name, and goes', () => {
    const dashboards = new Dashboards('123456789012')
    dashboards.put('overlap', bodyOf(custom()))
    dashboards.put('overlap', bodyOf(text))
    expect(dashboards.list().map(({ widgets }) => widgets.map(({ type }) => type))).toEqual([['text']])
    dashboards.delete('overlap')
    expect(dashboards.list()).toEqual([])
  })

  it.each([
    ['no JSON', 'x', 'its body is no JSON object'],
    ['a list', '[]', 'its body is no JSON object'],
    ['no widgets', '{}', 'widgets must be a list'],
    ['what it does not know', '{"widgets":[],"theme":"dark"}', 'does not know theme'],
    ['too many widgets', bodyOf(...Array(501).fill(text)), 'at most 500'],
    ['a widget of another type', bodyOf({ type: 'log', properties: {} }), 'widgets of type log'],
    ['a widget without a type', bodyOf({ properties: {} }), 'widgets of type undefined'],
    ['a widget without properties', bodyOf({ type: 'text' }), 'no properties'],
    ['a widget with what it does not know', bodyOf({ ...text, colour: 'red' }), 'does not know colour'],
    ['a text without a text', bodyOf({ type: 'text', properties: {} }), 'no markdown'],
    ['a widget beside the grid', bodyOf(custom({}, { x: 24 })), 'widgets[0].x must be a whole number'],
    ['a widget wider than the grid', bodyOf(text, custom({}, { width: 25 })), 'widgets[1].width must be'],
    ['a custom widget that nobody draws', bodyOf(custom({ endpoint: '' })), 'has an endpoint'],
    ['a custom widget with a script', bodyOf(custom({ script: 'x' })), 'does not know script'],
    [
      'a custom widget updated on what it does not know',
      bodyOf(custom({ updateOn: { click: true } })),
      'click',
    ],
    ['a flag that is none', bodyOf(custom({ updateOn: { refresh: 'yes' } })), 'true or false'],
    ['a graph of nothing', bodyOf(graph({ metrics: [], annotations: undefined })), 'shows metrics'],
    ['a graph of nowhere', bodyOf(graph({ region: undefined })), 'names its Region'],
    [
      'half a dimension',
      bodyOf(graph({ metrics: [['Overlap', 'Stale', 'service']] })),
      'metrics[0]: it is no metric',
    ],
    ['a namespace alone', bodyOf(graph({ metrics: [[{}]] })), 'metrics[0]: it is no metric'],
  ])('cannot have %s', (_what, body, said) => {
    expect(() => new Dashboards('123456789012').put('overlap', body)).toThrow(said)
  })

  it('has no blank in its name', () => {
    expect(() => new Dashboards('123456789012').put('over lap', bodyOf())).toThrow('cannot be called that')
  })
})

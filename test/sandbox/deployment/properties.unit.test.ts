import { describe, expect, it } from 'vitest'
import { Properties } from '../../../sandbox/deployment/properties.ts'

const properties = () =>
  new Properties('Sweep', {
    Name: 'overlap-sweep',
    Timeout: '300',
    Memory: 256,
    Enabled: 'false',
    Layers: ['one', 'two'],
    Tags: [{ Key: 'a', Value: '1' }],
    Nested: { Inner: { Deep: 'yes', Other: 'no' } },
    Role: 'arn',
  })

describe('properties', () => {
  it('are read as what they are; numbers and flags are texts to CloudFormation', () => {
    const read = properties()

    expect(read.text('Name')).toBe('overlap-sweep')
    expect([read.number('Timeout'), read.number('Memory')]).toEqual([300, 256])
    expect(read.optionalFlag('Enabled')).toBe(false)
    expect(read.texts('Layers')).toEqual(['one', 'two'])
    expect(read.objects('Tags').map((tag) => [tag.text('Key'), tag.text('Value')])).toEqual([['a', '1']])
    expect(read.object('Nested').object('Inner').text('Deep')).toBe('yes')
    expect([read.optionalText('Absent'), read.optionalNumber('Absent'), read.has('Absent')]).toEqual([
      undefined,
      undefined,
      false,
    ])
    expect([read.texts('Absent'), read.objects('Absent'), read.map('Absent')]).toEqual([[], [], {}])
  })

  it('that nobody has read are told, however deep they are', () => {
    const read = properties()
    for (const name of ['Name', 'Timeout', 'Memory', 'Enabled']) read.optionalText(name)
    read.texts('Layers')
    read.objects('Tags')[0]?.text('Key')
    read.object('Nested').object('Inner').text('Deep')

    expect(read.unread()).toEqual(['Sweep.Role', 'Sweep.Tags[0].Value', 'Sweep.Nested.Inner.Other'])
  })

  it('may be left alone on purpose, or taken whole', () => {
    const read = properties()
    read.onlyInAccount('Role')
    expect(read.unread()).not.toContain('Sweep.Role')
    expect(read.all()).toMatchObject({ Role: 'arn' })
    expect(read.unread()).toEqual([])
  })

  it.each<readonly [string, (read: Properties) => unknown, string]>([
    ['is missing', (read) => read.text('Absent'), 'Sweep.Absent is missing'],
    ['is no number', (read) => read.number('Name'), 'Sweep.Name must be a number'],
    ['is no flag', (read) => read.optionalFlag('Name'), 'Sweep.Name must be true or false'],
    ['is no text', (read) => read.text('Nested'), 'Sweep.Nested must be a text'],
    ['is no list', (read) => read.texts('Name'), 'Sweep.Name must be a list of texts'],
    ['is no list of objects', (read) => read.objects('Name'), 'Sweep.Name must be a list'],
    ['is no object', (read) => read.object('Layers'), 'Sweep.Layers must be an object'],
    ['is none of the known', (read) => read.choice('Name', ['other']), 'Sweep.Name is overlap-sweep, which'],
    [
      'is wrong inside',
      (read) => read.object('Nested').object('Inner').number('Deep'),
      'Sweep.Nested.Inner.Deep must be a number',
    ],
  ])('with one that %s are refused by name', (_, readIt, message) => {
    expect(() => readIt(properties())).toThrow(message)
  })
})

import { describe, expect, it } from 'vitest'
import { referencesIn, resolve, type Scope } from '../../../sandbox/assembly/intrinsics.ts'

const scope: Scope = {
  pseudo: { 'AWS::Region': 'eu-central-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws' },
  ref: (id) => ({ Sweep: 'overlap-sweep', Queue: 'https://queue' })[id],
  attribute: (id, name) =>
    new Map([
      ['Sweep.Arn', 'arn:sweep'],
      ['Adopt.Result.Nested', 'deep'],
    ]).get(`${id}.${name}`),
}

/** `<name>` stands for what a template writes with a dollar and braces. */
const sub = (text: string) => text.replace(/<([^>]*)>/g, (_, name: string) => `\${${name}}`)

describe('an intrinsic', () => {
  it.each([
    ['Ref of a resource', { Ref: 'Sweep' }, 'overlap-sweep'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-central-1'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Sweep', 'Arn'] }, 'arn:sweep'],
    ['Fn::GetAtt as a text, of an attribute with a dot', { 'Fn::GetAtt': 'Adopt.Result.Nested' }, 'deep'],
    [
      'Fn::Join of what is itself resolved',
      { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, { 'Fn::GetAtt': ['Sweep', 'Arn'] }, 7]] },
      'arn:aws:arn:sweep:7',
    ],
    [
      'Fn::Select of Fn::Split',
      { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Sweep', 'Arn'] }] }] },
      'sweep',
    ],
    [
      'Fn::Sub with references, attributes and a literal',
      { 'Fn::Sub': sub('<AWS::AccountId>/<Sweep>/<Sweep.Arn>/<!Kept>') },
      sub('123456789012/overlap-sweep/arn:sweep/<Kept>'),
    ],
    [
      'Fn::Sub with variables of its own',
      { 'Fn::Sub': [sub('<Name> in <AWS::Region>'), { Name: { Ref: 'Sweep' } }] },
      'overlap-sweep in eu-central-1',
    ],
    [
      'anything in lists and objects',
      { a: [{ b: { Ref: 'Sweep' } }, 1, true, null] },
      { a: [{ b: 'overlap-sweep' }, 1, true, null] },
    ],
    [
      'AWS::NoValue, which leaves the property out',
      { a: 1, b: { Ref: 'AWS::NoValue' }, c: [{ Ref: 'AWS::NoValue' }, 2] },
      { a: 1, c: [2] },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolve(value, scope, 'Here')).toEqual(expected)
  })

  it.each([
    [{ a: { 'Fn::ImportValue': 'x' } }, 'Here.a: the sandbox does not know Fn::ImportValue'],
    [{ a: [{ 'Fn::If': ['c', 1, 2] }] }, 'Here.a[0]: the sandbox does not know Fn::If'],
    [{ Ref: 'Nobody' }, 'Here: Ref of Nobody leads nowhere'],
    [{ 'Fn::GetAtt': ['Sweep', 'Colour'] }, 'Here: Fn::GetAtt of Sweep.Colour leads nowhere'],
    [{ 'Fn::Sub': sub('<Nobody.Arn>') }, 'Fn::GetAtt of Nobody.Arn leads nowhere'],
    [{ Ref: 'Sweep', other: 1 }, 'Ref does not stand alone'],
    [{ 'Fn::Select': [3, ['a']] }, 'Fn::Select has no item 3'],
    [{ 'Fn::Join': ['', [{ nested: true }]] }, 'Fn::Join needs a text'],
  ])('%j is refused', (value, message) => {
    expect(() => resolve(value, scope, 'Here')).toThrow(message)
  })
})

it('finds what a value depends on', () => {
  const value = {
    a: { Ref: 'One' },
    b: [{ 'Fn::GetAtt': ['Two', 'Arn'] }, { 'Fn::GetAtt': 'Three.Arn' }],
    c: { 'Fn::Join': ['', [{ 'Fn::Sub': [sub('<Four><Five.Arn><own><!Not>'), { own: { Ref: 'Six' } }] }]] },
  }
  expect([...referencesIn(value)].sort()).toEqual(['Five', 'Four', 'One', 'Six', 'Three', 'Two'])
})

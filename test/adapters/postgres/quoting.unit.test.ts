import { describe, expect, it } from 'vitest'
import { identifier, literal, shownIdentifier } from '../../../lambdas/adapters/postgres/quoting.ts'

describe('quoting', () => {
  it.each([
    ['app', '"app"'],
    ['a"b', '"a""b"'],
    ['"; DROP ROLE x', '"""; DROP ROLE x"'],
  ])('writes the identifier %s as %s', (name, quoted) => {
    expect(identifier(name)).toBe(quoted)
  })

  it.each([
    ['it', "'it'"],
    ["it's", "'it''s'"],
    ['back\\slash', "E'back\\\\slash'"],
    ["\\'", "E'\\\\'''"],
  ])('writes the constant %s as %s', (value, quoted) => {
    expect(literal(value)).toBe(quoted)
  })

  it.each([
    ['app', 'app'],
    ['app_1$', 'app_1$'],
    ['App', '"App"'],
    ['1app', '"1app"'],
    ['my app', '"my app"'],
    ['user', '"user"'],
    ['é', '"é"'],
  ])('shows %s to a person as %s', (name, shown) => {
    expect(shownIdentifier(name)).toBe(shown)
  })
})

import { describe, expect, it } from 'vitest'
import { getRandomPassword } from '../../../sandbox/secrets-manager/random-password.ts'
import type { Service } from '../../../sandbox/secrets-manager/service.ts'

// The operation touches nothing of the service.
const service = {} as Service
const password = (request: Record<string, unknown>): string =>
  String(getRandomPassword(service, request).RandomPassword)

describe('GetRandomPassword', () => {
  const rows: readonly [string, Record<string, unknown>, RegExp][] = [
    ['32 characters of every type by default', {}, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{32}$/],
    ['the length asked for', { PasswordLength: 4096 }, /^.{4096}$/],
    [
      'letters and digits only',
      { PasswordLength: 300, ExcludePunctuation: true },
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9]{300}$/,
    ],
    [
      'one type left',
      { ExcludePunctuation: true, ExcludeLowercase: true, ExcludeUppercase: true },
      /^\d{32}$/,
    ],
    [
      'without the characters excluded',
      { PasswordLength: 2000, ExcludeCharacters: 'abcXYZ019"@/\\' },
      /^[^abcXYZ019"@/\\]{2000}$/,
    ],
    [
      'an emptied type, when not every type is required',
      { ExcludeCharacters: '0123456789', RequireEachIncludedType: false },
      /^\D{32}$/,
    ],
    [
      'with spaces',
      {
        PasswordLength: 4096,
        IncludeSpace: true,
        ExcludePunctuation: true,
        ExcludeNumbers: true,
        ExcludeUppercase: true,
      },
      /^(?=.* )[a-z ]{4096}$/,
    ],
  ]
  it.each(rows)('%s', (_name, request, expected) => {
    for (let round = 0; round < 20; round++) expect(password(request)).toMatch(expected)
  })

  const refusals: readonly [string, Record<string, unknown>, string][] = [
    [
      'shorter than the types required',
      { PasswordLength: 3 },
      'Password length is too short based on the required types.',
    ],
    [
      'a required type emptied',
      { ExcludeCharacters: '0123456789' },
      'All characters of the desired type have been excluded.',
    ],
    [
      'nothing left',
      { ExcludePunctuation: true, ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true },
      'All characters have been excluded from selection.',
    ],
  ]
  it.each(refusals)('is refused: %s', (_name, request, message) => {
    expect(() => password(request)).toThrow(message)
  })

  it('is not the same twice', () => {
    expect(password({})).not.toBe(password({}))
  })
})

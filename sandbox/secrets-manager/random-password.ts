import { randomInt } from 'node:crypto'
import { ServiceError } from './errors.ts'
import { optionalFlag, optionalInteger, optionalText } from './request.ts'
import type { Operation } from './service.ts'

const characters = {
  ExcludeLowercase: 'abcdefghijklmnopqrstuvwxyz',
  ExcludeUppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export const getRandomPassword: Operation = (_service, request) => {
  const length = optionalInteger(request, 'PasswordLength', { min: 1, max: 4096 }) ?? 32
  const excluded = new Set(optionalText(request, 'ExcludeCharacters', { max: 4096 }) ?? '')
  const everyType = optionalFlag(request, 'RequireEachIncludedType') ?? true
  const usable = (text: string): string => [...text].filter((character) => !excluded.has(character)).join('')
  const types = Object.entries(characters)
    .filter(([switchName]) => !optionalFlag(request, switchName))
    .map(([, text]) => usable(text))
  const pool = types.join('') + (optionalFlag(request, 'IncludeSpace') ? usable(' ') : '')
  if (pool === '') throw refused('All characters have been excluded from selection.')
  if (everyType && types.includes('')) throw refused('All characters of the desired type have been excluded.')
  if (everyType && length < types.length)
    throw refused('Password length is too short based on the required types.')

  const password = everyType ? types.map(pick) : []
  while (password.length < length) password.push(pick(pool))
  return { RandomPassword: shuffled(password).join('') }
}

const refused = (message: string): ServiceError => new ServiceError('InvalidParameterException', message)

const pick = (text: string): string => text.charAt(randomInt(text.length))

/** Fisher-Yates, so that the required types are not always in front. */
function shuffled(items: readonly string[]): readonly string[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    const [one = '', two = ''] = [result[last], result[other]]
    result[last] = two
    result[other] = one
  }
  return result
}

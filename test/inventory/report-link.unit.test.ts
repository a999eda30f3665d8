import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consoleLink } from '../../lambdas/inventory/report-link.ts'

/** Of any code points, also of halves of characters. */
const anyText = fc.string({
  unit: fc.oneof(fc.nat(0x7f), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code)),
})

describe('the link to the console', () => {
  it.each([
    [
      'shop/app',
      'eu-central-1',
      'https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=shop%2Fapp&region=eu-central-1',
    ],
    [
      'rds!db-1',
      'cn-north-1',
      'https://cn-north-1.console.amazonaws.cn/secretsmanager/secret?name=rds!db-1&region=cn-north-1',
    ],
    [
      'a',
      'us-gov-west-1',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/secretsmanager/secret?name=a&region=us-gov-west-1',
    ],
  ])('of secret %s in %s', (name, region, link) => {
    expect(consoleLink({ type: 'secret', name }, region)).toBe(link)
  })

  it('of an access key leads to its user', () => {
    expect(consoleLink({ type: 'access key', name: 'a@b' }, 'eu-west-1')).toBe(
      'https://eu-west-1.console.aws.amazon.com/iam/home#/users/details/a%40b?section=security_credentials',
    )
  })

  it.each(['', 'evil.example/', 'eu-west-1.evil', 'localhost', 'eu-west-1\n'])(
    'leads nowhere for Region %j',
    (region) => {
      expect(consoleLink({ type: 'secret', name: 'a' }, region)).toBeUndefined()
    },
  )

  it('stays at AWS, over https, whatever the name is', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const link = new URL(consoleLink({ type: 'secret', name }, 'eu-west-1') ?? '')
        expect([link.protocol, link.host, link.hash]).toEqual([
          'https:',
          'eu-west-1.console.aws.amazon.com',
          '',
        ])
        expect([...link.searchParams]).toEqual([
          ['name', name.replace(/\p{Cs}/gu, '\ufffd')],
          ['region', 'eu-west-1'],
        ])
      }),
    )
  })
})

import { transform } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configProblems } from '../../infra/checks/config.ts'
import type { EnvironmentConfig } from '../../infra/deployment.ts'
import { configEntry } from '../../lambdas/inventory/config-entry.ts'
import { arnOf, listed, REGION } from './account.ts'

const KEY = 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/** What is in the brackets, read as TypeScript by a file that holds nothing else. Whatever the text tries to run is seen in `ran`. */
async function read(
  entries: string,
): Promise<{ readonly secrets: readonly object[]; readonly ran: readonly string[] }> {
  const { code } = await transform(`result.push(${JSON.stringify('begin')}, [\n${entries}\n])`, {
    loader: 'ts',
  })
  const ran: string[] = []
  const result: unknown[] = []
  const globals = { result, taken: (what: string) => ran.push(what) }
  new Function(...Object.keys(globals), code)(...Object.values(globals))
  expect(result).toHaveLength(2)
  return { secrets: result[1] as object[], ran }
}

function problemsOf(secrets: readonly object[]) {
  const environment = {
    name: 'production',
    account: '111122223333',
    region: REGION,
    networks: { main: 'no-vpc' },
    databases: {
      shop: {
        kind: 'postgres',
        network: 'main',
        adminSecretArn: arnOf('shop/admin'),
        host: 'shop.example.com',
        secrets,
      },
    },
  } as unknown as EnvironmentConfig
  return configProblems({ environments: [environment] })
}

describe('an entry to paste', () => {
  it('is one object literal with a comma behind it', () => {
    expect(configEntry(listed('shop/app'), 'team-shop')).toBe(
      `{ name: 'shop/app', arn: '${arnOf('shop/app')}', owner: 'team-shop' },`,
    )
  })

  it.each([
    { what: 'its ARN', keyId: KEY, named: KEY },
    { what: 'an alias, which the file does not take', keyId: 'alias/shop', named: undefined },
    { what: 'the ARN of an alias', keyId: 'arn:aws:kms:eu-west-1:444455556666:alias/shop', named: undefined },
    { what: 'nothing: it is AWS’s', keyId: undefined, named: undefined },
  ])('names the key that AWS tells by $what', async ({ keyId, named }) => {
    const { secrets } = await read(configEntry(listed('shop/app', { keyId }), 'team-shop'))
    expect(secrets).toMatchObject([{ name: 'shop/app' }])
    expect(secrets[0]).toEqual({
      name: 'shop/app',
      arn: arnOf('shop/app'),
      owner: 'team-shop',
      ...(named === undefined ? {} : { keyArn: named }),
    })
    expect(problemsOf(secrets)).toEqual([])
  })

  /** Every character that Secrets Manager allows in a name. */
  const named = fc
    .string({ unit: fc.constantFrom(...'abcXYZ019/_+=.@-'), minLength: 1, maxLength: 40 })
    .map((name) => `${name}x`)
  /** Every character that a tag may hold. */
  const owned = fc
    .string({ unit: fc.constantFrom(...'abcXYZ019 äßЖ中ع+-=._:/@'), minLength: 1, maxLength: 40 })
    .filter((owner) => owner.trim() !== '')

  it('passes the checks of a synth for each name and owner that AWS allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(named, owned), { selector: ([name]) => name, minLength: 1, maxLength: 20 }),
        async (pairs) => {
          const text = pairs
            .map(([name, owner]) => configEntry(listed(name, { keyId: KEY }), owner))
            .join('\n')
          const { secrets } = await read(text)
          expect(secrets).toEqual(
            pairs.map(([name, owner]) => ({ name, arn: arnOf(name), keyArn: KEY, owner })),
          )
          expect(problemsOf(secrets)).toEqual([])
        },
      ),
      { numRuns: 50 },
    )
  })

  it.each([
    { what: 'nobody', owner: undefined },
    { what: 'somebody whose name no tag can hold', owner: 'team <shop>' },
    { what: 'somebody whose name is too long for a tag', owner: 'x'.repeat(257) },
  ])(
    'that is owned by $what parses, and a synth refuses it until an owner is written in',
    async ({ owner }) => {
      const { secrets } = await read(configEntry(listed('shop/app'), owner))
      expect(secrets).toMatchObject([{ owner: '?' }])
      expect(problemsOf(secrets)).toMatchObject([
        { field: 'owner', subject: expect.stringContaining('shop/app') },
      ])
    },
  )

  const hostile = [
    `', x: taken('name'), y: '`,
    `\\', x: taken('backslash'), y: '`,
    `' }, taken('element'), { name: '`,
    `'\n}]; taken('statement'); [{ name: '`,
    `' + taken('plus') + '`,
    `\${taken('template')}`,
    "*/ taken('comment') /*",
    "// '\u2028 taken('line separator') //",
    "\r\ntaken('return')",
    '\u202etxt.nekat\u202c',
    '\u0000\u0007\u001b[2J',
    '\ud800',
    '__proto__',
    '</script><script>taken(1)</script>',
  ]

  it.each(hostile)('cannot be left by the text %j', async (text) => {
    const secret = listed(text, { keyId: `${KEY}${text}` })
    const { secrets, ran } = await read(configEntry(secret, text))
    expect(ran).toEqual([])
    expect(secrets).toHaveLength(1)
    expect(secrets[0]).toMatchObject({ name: text, arn: arnOf(text) })
    expect(Object.keys(secrets[0] ?? {}).toSorted()).toEqual(['arn', 'name', 'owner'])
  })

  it('cannot be left by any text, and shows all that is in it', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'\'"`\\{}[](),:;/*$\n\r\u2028\u2029 aux0'), maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), async (pairs) => {
        const lines = pairs.map(([name, owner]) => configEntry(listed(name), owner))
        for (const line of lines) expect(line).toMatch(/^\{ name: '[\p{L}\p{N} -~]*' \},$/u)
        const { secrets } = await read(lines.join('\n'))
        expect(secrets).toMatchObject(pairs.map(([name]) => ({ name, arn: arnOf(name) })))
      }),
      { numRuns: 100 },
    )
  })
})

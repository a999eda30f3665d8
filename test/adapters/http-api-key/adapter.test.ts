import { describe, expect, it } from 'vitest'
import { httpApiKeyAdapter, httpApiKeyRetirer } from '../../../lambdas/adapters/http-api-key.ts'
import { behind, optionsOn, seeded } from './on-provider.ts'
import { refusedWith, started } from './place-on-provider.ts'

const fence = (versionId: string) => ({ versionId, currentVersionId: 'first', check: async () => {} })

describe('a key of a provider', () => {
  it('is its version’s where that has an id that no provider takes for a name', async () => {
    const provider = await started()
    const current = seeded(provider)
    const versionId = 'release/2026.01.04+build:77_by@ops'
    const versions = new Map<string, string>()
    const held = {
      labelled: async () => [...versions].map(([id, value]) => ({ versionId: id, value })),
      of: async (id: string) => versions.get(id),
    }
    const options = optionsOn(provider, { held })
    const adapter = httpApiKeyAdapter(options)
    const pending = await adapter.create(current, { versionId } as Parameters<typeof adapter.create>[1])
    versions.set(versionId, adapter.serialize(pending))
    await adapter.set(pending, current, fence(versionId))
    const disabling = { current, fence: fence(versionId), accepts: () => true, leaked: true }
    await httpApiKeyRetirer(options).disable(pending, disabling)
    expect(provider.keys().map(({ active }) => active)).toEqual([true, false])
  })

  it('that its secret repeats in another field is not rotated: whoever reads it there would be left with the old one', async () => {
    const provider = await started()
    const adapter = httpApiKeyAdapter(optionsOn(provider))
    const alone = seeded(provider)
    await adapter.preflight(alone, undefined)
    for (const copy of [alone.key, `smtp://apikey:${alone.key}@smtp.example.com`, btoa(`api:${alone.key}`)]) {
      const { key, keyId } = alone
      const current = adapter.parse(JSON.stringify({ SENDGRID_API_KEY: copy, keyId, key }))
      const creation = { versionId: 'v2' } as Parameters<typeof adapter.create>[1]
      for (const refused of [adapter.preflight(current, undefined), adapter.create(current, creation)]) {
        const error = await refusedWith(refused)
        expect(error).toMatchObject({ code: 'SECRET_INVALID', detail: { field: 'SENDGRID_API_KEY' } })
        expect(`${error}`).not.toContain(key)
      }
    }
    expect(provider.keys()).toHaveLength(1)
  })

  it('that works and is not listed is another account’s, or has another id: nothing is made there, and nothing retired', async () => {
    const provider = await started({ mostKeys: 3 })
    const [current, old] = [seeded(provider), seeded(provider)]
    // Of the account of an admin secret that belongs elsewhere.
    const options = behind(optionsOn(provider, { definition: { keys: 3 } }), ({ method, url }) =>
      method === 'GET' && url.pathname === '/v1/keys'
        ? {
            text: JSON.stringify({
              api_keys: [{ id: old.keyId, name: 'x', created_at: null, status: 'active' }],
            }),
          }
        : undefined,
    )
    const invalid = { code: 'PROVIDER_ANSWER_INVALID', message: expect.stringContaining('does not list it') }
    const adapter = httpApiKeyAdapter(options)
    const creation = { versionId: 'v2' } as Parameters<typeof adapter.create>[1]
    expect(await refusedWith(adapter.preflight(current, undefined))).toMatchObject(invalid)
    expect(await refusedWith(adapter.create(current, creation))).toMatchObject(invalid)
    const disabling = { current, fence: fence('v1'), accepts: () => true, leaked: false }
    expect(await refusedWith(httpApiKeyRetirer(options).disable(old, disabling))).toMatchObject(invalid)
    expect(provider.keys().map(({ active }) => active)).toEqual([true, true])
  })
})

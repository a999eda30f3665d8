import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { NotPrinted, outputTo } from '../../../cli/inventory/output.ts'
import { print } from '../../../cli/inventory/taking.ts'

const failing = (code: string) =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  })

describe('what is printed', () => {
  it.each([
    ['EPIPE', true],
    ['ENOSPC', false],
    ['EIO', false],
  ])('and ends in %s has lost its reader: %s', async (code, closed) => {
    const output = outputTo(failing(code))
    const error = await output.write('text').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotPrinted)
    expect(error).toMatchObject({ closed, message: `standard output takes no more: write ${code}` })
  })

  it('stays closed', async () => {
    const output = outputTo(failing('EPIPE'))
    for (const _ of [1, 2]) await expect(output.write('text')).rejects.toMatchObject({ closed: true })
  })

  it('waits until it is taken', async () => {
    let take = () => {}
    const stream = new Writable({
      write: (_chunk, _encoding, done) => {
        take = done
      },
    })
    let printed = false
    const printing = outputTo(stream)
      .write('text')
      .then(() => {
        printed = true
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect(printed).toBe(false)
    take()
    await printing
    expect(printed).toBe(true)
  })
})

describe('what is printed beside a page', () => {
  const wanted = {
    deployment: { name: 'overlap', region: undefined, profile: undefined },
    named: false,
    format: 'json',
    owner: undefined,
    states: [],
    accessKeys: true,
    exact: false,
    ownerTag: undefined,
  } as const
  function printing(code: string, html: string | undefined) {
    const said: string[] = []
    const progress = { clear: () => {}, say: (line: string) => void said.push(line), end: () => {} }
    const output = outputTo(failing(code))
    return { wanted: { ...wanted, html }, output, progress, complete: true, unread: false, said }
  }

  it.each([
    ['EPIPE', true, []],
    ['ENOSPC', false, ['standard output takes no more: write ENOSPC']],
  ])('and ends in %s does not end the page; it is all there is: %s', async (code, complete, said) => {
    const taking = printing(code, 'a.html')
    for (const text of ['one', 'two']) await print(taking, text)
    expect(taking).toMatchObject({ unread: true, complete, said })
  })

  it('ends everything where there is no page', async () => {
    await expect(print(printing('EPIPE', undefined), 'one')).rejects.toBeInstanceOf(NotPrinted)
  })
})

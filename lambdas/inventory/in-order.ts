/** How far work may go ahead of what is taken. */
export interface Ahead {
  /** Pieces of work under way at once. */
  readonly atOnce: number
  /** Results that may wait for an earlier one. */
  readonly waiting: number
}

/** A result that is there, or will be. */
type Piece<R> = { result: Promise<R>; settled: boolean }

/**
 * The result of `work` for each element, in their order and as soon as it is there, with a bounded number under way and a bounded number kept: memory does not
 * grow with the source. What fails comes in its turn; when the source itself fails, what it gave before comes first.
 */
export async function* inOrder<T, R>(
  source: AsyncIterable<T>,
  { atOnce, waiting }: Ahead,
  work: (element: T) => R | Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pieces: Piece<R>[] = []
  const underWay = new Set<Promise<unknown>>()
  let failed: { readonly error: unknown } | undefined
  const begin = (element: T) => {
    const result = Promise.resolve(work(element))
    const piece: Piece<R> = { result, settled: false }
    const end = result.then(
      () => {},
      () => {},
    )
    const done = end.then(() => {
      piece.settled = true
      underWay.delete(done)
    })
    underWay.add(done)
    pieces.push(piece)
  }
  const elements = source[Symbol.asyncIterator]()
  try {
    while (failed === undefined) {
      const next = await elements.next().catch((error: unknown) => ({ error }))
      if ('error' in next) {
        failed = next
        break
      }
      if (next.done === true) break
      begin(next.value)
      while (underWay.size >= atOnce) await Promise.race(underWay)
      while (pieces[0]?.settled === true || pieces.length >= waiting) {
        const [piece] = pieces.splice(0, 1)
        if (piece) yield await piece.result
      }
    }
    for (const { result } of pieces.splice(0)) yield await result
  } finally {
    await elements.return?.()
  }
  if (failed !== undefined) throw failed.error
}

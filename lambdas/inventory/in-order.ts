/** How far work may go ahead of what is taken. */
export interface Ahead {
  /** Pieces of work under way at once. */
  readonly atOnce: number
  /** Results that may wait for an earlier one. */
  readonly waiting: number
}

interface Piece<R> {
  readonly result: Promise<R>
  settled: boolean
}

/**
 * The result of `work` for each element, in their order and as soon as it is there, with a bounded number under way and a bounded number kept: memory does not
 * grow with the source. What fails comes in its turn; when the source itself fails, what it gave before comes first.
 */
export async function* inOrder<T, R>(
  source: AsyncIterable<T>,
  { atOnce, waiting }: Ahead,
  work: (element: T) => R | Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const elements = source[Symbol.asyncIterator]()
  const pieces: Piece<R>[] = []
  const underWay = new Set<Promise<void>>()
  let pulling: Promise<void> | undefined
  let isOver = false
  let failed: { readonly error: unknown } | undefined

  const begin = (element: T) => {
    const piece: Piece<R> = { result: Promise.resolve(work(element)), settled: false }
    const end = () => {
      piece.settled = true
      underWay.delete(settled)
    }
    const settled = piece.result.then(end, end)
    underWay.add(settled)
    pieces.push(piece)
  }
  const pull = async () => {
    try {
      const next = await elements.next()
      if (next.done === true) isOver = true
      else begin(next.value)
    } catch (error) {
      isOver = true
      failed = { error }
    }
    pulling = undefined
  }

  try {
    while (!isOver || pieces.length > 0) {
      const [first] = pieces
      if (first?.settled === true) {
        pieces.shift()
        yield await first.result
        continue
      }
      if (!isOver && underWay.size < atOnce && pieces.length < waiting) pulling ??= pull()
      await Promise.race(pulling === undefined ? underWay : [pulling, ...underWay])
    }
  } finally {
    await elements.return?.()
  }
  if (failed !== undefined) throw failed.error
}

/** The same elements, the first of which is fetched by the time that this resolves. What fails does so when it is taken. */
export async function begun<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const elements = source[Symbol.asyncIterator]()
  const first = elements.next()
  await first.catch(() => {})
  return following(first, elements)
}

async function* following<T>(
  first: Promise<IteratorResult<T>>,
  elements: AsyncIterator<T>,
): AsyncGenerator<T, void, undefined> {
  try {
    for (let next = await first; next.done !== true; next = await elements.next()) yield next.value
  } finally {
    await elements.return?.()
  }
}

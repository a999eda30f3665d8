/**
 * Properties of a resource, resolved, read one by one. What nobody has read by the end was not understood: a sandbox that passed over it would show
 * something else than what is deployed. Every reader throws with the logical id and the path.
 */
export class Properties {
  readonly #at: string
  readonly #values: Readonly<Record<string, unknown>>
  readonly #unread: Set<string>
  readonly #inner: Properties[] = []

  constructor(at: string, values: Readonly<Record<string, unknown>>) {
    this.#at = at
    this.#values = values
    this.#unread = new Set(Object.keys(values))
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name, 'is missing')
  }

  optionalText(name: string): string | undefined {
    const value = this.#take(name)
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return this.#fail(name, 'must be a text')
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? this.#fail(name, 'is missing')
  }

  optionalNumber(name: string): number | undefined {
    const text = this.optionalText(name)
    if (text === undefined) return undefined
    const value = Number(text)
    return Number.isFinite(value) ? value : this.#fail(name, 'must be a number')
  }

  optionalFlag(name: string): boolean | undefined {
    const text = this.optionalText(name)
    if (text === undefined) return undefined
    return text === 'true' ? true : text === 'false' ? false : this.#fail(name, 'must be true or false')
  }

  /** One of the texts that are listed; another one is nothing that the sandbox knows. */
  choice<T extends string>(name: string, known: readonly T[]): T | undefined {
    const text = this.optionalText(name)
    if (text === undefined) return undefined
    return (
      known.find((choice) => choice === text) ??
      this.#fail(name, `is ${text}, which the sandbox does not know`)
    )
  }

  texts(name: string): readonly string[] {
    const value = this.#take(name)
    if (value === undefined) return []
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    return this.#fail(name, 'must be a list of texts')
  }

  /** Structures whose members are read one by one, too. */
  objects(name: string): readonly Properties[] {
    const value = this.#take(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) return this.#fail(name, 'must be a list')
    return value.map((item, n) => this.#nested(`${name}[${n}]`, item))
  }

  object(name: string): Properties {
    return this.#nested(name, this.#take(name) ?? {})
  }

  /** A structure that is taken whole, whatever its members are. */
  map(name: string): Readonly<Record<string, unknown>> {
    const value = this.#take(name)
    if (value === undefined) return {}
    return isObject(value) ? value : this.#fail(name, 'must be an object')
  }

  /** Everything, as a custom resource is given it. */
  all(): Readonly<Record<string, unknown>> {
    this.#unread.clear()
    return this.#values
  }

  /** These mean something in an account only: who may do what, and where. */
  onlyInAccount(...names: readonly string[]): void {
    for (const name of names) this.#unread.delete(name)
  }

  /** Paths of what was not read. */
  unread(): readonly string[] {
    return [
      ...[...this.#unread].map((name) => `${this.#at}.${name}`),
      ...this.#inner.flatMap((inner) => inner.unread()),
    ]
  }

  #take(name: string): unknown {
    this.#unread.delete(name)
    return this.#values[name]
  }

  #nested(name: string, value: unknown): Properties {
    if (!isObject(value)) return this.#fail(name, 'must be an object')
    const inner = new Properties(`${this.#at}.${name}`, value)
    this.#inner.push(inner)
    return inner
  }

  #fail(name: string, what: string): never {
    throw new Error(`${this.#at}.${name} ${what}`)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

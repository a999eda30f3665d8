import type { Clock } from '../clock.ts'
import { ManagedFunction, type Provisioned, type SeededFunction } from './managed-function.ts'

/** Functions of an account that are not deployed here: those that read secrets. Methods throw for one that is not there. */
export class ManagedFunctions {
  readonly #clock: Clock
  readonly #functions = new Map<string, ManagedFunction>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  seed(seeded: SeededFunction): void {
    if (this.#functions.has(seeded.name)) throw new Error(`there is a function ${seeded.name}`)
    this.#functions.set(seeded.name, new ManagedFunction(seeded, this.#clock))
  }

  /** Changes of its configuration from now on fail, or do not any more. */
  setFailing(name: string, failing: boolean): void {
    this.#get(name).failing = failing
  }

  /** Somebody deploys other code to $LATEST. */
  deployCode(name: string, code: string): void {
    this.#get(name).deployCode(code)
  }

  /** Environments that are kept ready for an alias or a version; undefined for none. */
  setProvisioned(name: string, qualifier: string, status: Provisioned | undefined): void {
    const { provisioned } = this.#get(name)
    if (status === undefined) provisioned.delete(qualifier)
    else provisioned.set(qualifier, status)
  }

  find(name: string): ManagedFunction | undefined {
    return this.#functions.get(name)
  }

  close(): void {
    for (const managed of this.#functions.values()) managed.discard()
  }

  #get(name: string): ManagedFunction {
    const managed = this.#functions.get(name)
    if (managed === undefined) throw new Error(`there is no function ${name}`)
    return managed
  }
}

import type { ConsumerWatch, Instance } from '../consumers.ts'
import { startWorker, type Worker, type WorkerOptions } from './worker.ts'

/** What is the same for every worker of the crew. */
export type Workplace = Pick<WorkerOptions, 'owner' | 'read' | 'ca' | 'replica' | 'tally'>

/** Milliseconds between two requests of one worker. */
const PAUSE_MS = 150
const READS_REPLICA = 'kubernetes:sandbox/shop/deployment/search'

/** The consumers that are declared, and how many tasks, pods or environments each has when nothing is rolled out. */
export const crewed: Readonly<Record<string, number>> = {
  'ecs:shop/checkout': 2,
  'ecs:shop/orders': 2,
  [READS_REPLICA]: 2,
  'lambda:invoices': 1,
}

/** The applications in the tasks and pods of the declared consumers: each works from the moment that it is started until it is stopped. */
export class Crew implements ConsumerWatch {
  readonly #running = new Map<string, { readonly instance: Instance; worker: Worker | undefined }>()
  readonly #ending = new Set<Promise<void>>()
  #place: Workplace | undefined
  #hired = 0

  started(instance: Instance): void {
    this.#running.set(keyOf(instance), { instance, worker: this.#hire(instance) })
  }

  stopped(instance: Instance): void {
    this.#end(this.#running.get(keyOf(instance))?.worker)
    this.#running.delete(keyOf(instance))
  }

  /** From now on, those that run work. */
  begin(place: Workplace): void {
    this.#place = place
    for (const one of this.#running.values()) one.worker = this.#hire(one.instance)
  }

  /** Resolves when nobody works any more. */
  async end(): Promise<void> {
    this.#place = undefined
    for (const one of this.#running.values()) {
      this.#end(one.worker)
      one.worker = undefined
    }
    await Promise.all(this.#ending)
  }

  /** How many run, and how many of them have read this version. */
  on(versionId: string): { readonly running: number; readonly there: number } {
    const all = [...this.#running.values()]
    return {
      running: all.length,
      there: all.filter(({ worker }) => worker?.versionId === versionId).length,
    }
  }

  #hire({ consumer }: Instance): Worker | undefined {
    if (this.#place === undefined) return undefined
    this.#hired += 1
    const application = consumer.slice(Math.max(consumer.lastIndexOf('/'), consumer.lastIndexOf(':')) + 1)
    return startWorker({
      ...this.#place,
      consumer,
      application,
      name: `${application}-${this.#hired}`,
      pauseMs: PAUSE_MS,
      startAfterMs: 0,
      replica: consumer === READS_REPLICA ? this.#place.replica : undefined,
    })
  }

  #end(worker: Worker | undefined): void {
    if (worker === undefined) return
    const ending = worker.stop().then(() => void this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}

function keyOf({ consumer, id }: Instance): string {
  return `${consumer} ${id}`
}
